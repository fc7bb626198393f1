import { describe, expect, it } from '@jest/globals';
import { tokenLifetime } from './token-lifetime.js';

const now = 1_800_000_000_000;
const day = 86_400_000;
const jwt = (claims: unknown): string =>
  `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;

describe('tokenLifetime', () => {
  it.each<[expiresIn: unknown, lifetime: number | undefined]>([
    [3600, 3_600_000],
    [0.5, 500],
    ['3600', 3_600_000],
    [10 * 365 * 86_400, day],
    ['9'.repeat(400), undefined],
    [Infinity, undefined],
    [0, undefined],
    ['0', undefined],
    [-1, undefined],
    ['-1', undefined],
    [NaN, undefined],
    ['1e3', undefined],
    [' 60', undefined],
    ['', undefined],
    ['an hour', undefined],
    [true, undefined],
    [[60], undefined],
    [{}, undefined],
  ])('converts expires_in %p to %p ms', (expiresIn, lifetime) => {
    expect(tokenLifetime(expiresIn, jwt({ exp: now / 1_000 + 60 }), now)).toBe(lifetime);
  });

  it.each<[name: string, token: string, lifetime: number]>([
    ['a JWT that expires in a minute', jwt({ exp: now / 1_000 + 60 }), 60_000],
    ['a JWT that expires in a year', jwt({ exp: now / 1_000 + 365 * 86_400 }), day],
    ['a JWT that expires now', jwt({ exp: now / 1_000 }), 300_000],
    ['a JWT that has expired', jwt({ exp: now / 1_000 - 60 }), 300_000],
    ['a JWT without exp', jwt({}), 300_000],
    ['a JWT whose exp is a string', jwt({ exp: '1900000000' }), 300_000],
    ['a JWT without claims', jwt(null), 300_000],
    ['an opaque token', 'opaque', 300_000],
    ['an opaque token with dots', 'a.b.c', 300_000],
  ])('uses the expiry of %s if expires_in is missing', (_, token, lifetime) => {
    expect(tokenLifetime(undefined, token, now)).toBe(lifetime);
    expect(tokenLifetime(null, token, now)).toBe(lifetime);
  });
});
