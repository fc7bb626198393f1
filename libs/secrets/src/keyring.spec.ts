import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { type EncryptionKey, Secret } from '@bff/config';
import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { Keyring, type SealContext, UnsealError } from './keyring.js';

const key = (id: string): EncryptionKey => ({ id, key: new Secret(randomBytes(32)) });
const first = key('first');
const keyring = new Keyring([first]);
const acme: SealContext = { kind: 'tenant-credentials', owner: 'acme', version: 7 };

describe('a keyring', () => {
  it('opens every secret that it sealed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(keyring.open(keyring.seal(new Secret(text), acme), acme).reveal()).toBe(text);
      }),
    );
  });

  it('seals the same secret to a different text each time', () => {
    const sealed = new Set(Array.from({ length: 100 }, () => keyring.seal(new Secret('same'), acme)));
    expect(sealed.size).toBe(100);
  });

  it('rejects a sealed secret with any flipped bit (CRD-01)', () => {
    const sealed = keyring.seal(new Secret('key secret'), acme);
    const [format, id, encoded = ''] = sealed.split('.');
    const bytes = Buffer.from(encoded, 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const damaged = `${format}.${id}.${flipped.toString('base64url')}`;
      expect(() => keyring.open(damaged, acme)).toThrow(UnsealError);
    }
  });

  it('rejects a sealed secret with a changed, removed or added character', () => {
    const sealed = keyring.seal(new Secret('key secret'), acme);
    fc.assert(
      fc.property(
        fc.nat(sealed.length - 1),
        fc.constantFrom('A', '_', '.', '=', ' ', ''),
        (at, replacement) => {
          fc.pre(sealed[at] !== replacement);
          const damaged = sealed.slice(0, at) + replacement + sealed.slice(at + 1);
          expect(() => keyring.open(damaged, acme)).toThrow(UnsealError);
        },
      ),
    );
    expect(() => keyring.open(`${sealed}A`, acme)).toThrow(UnsealError);
  });

  it.each<[what: string, other: SealContext]>([
    ['another owner', { ...acme, owner: 'orchard' }],
    ['another version', { ...acme, version: 8 }],
    ['another kind', { ...acme, kind: 'totp' }],
  ])('does not open a sealed secret for %s, so that swapped rows are rejected (CRD-01)', (_, other) => {
    const sealed = keyring.seal(new Secret('key secret'), acme);
    expect(() => keyring.open(sealed, other)).toThrow(UnsealError);
    expect(keyring.holds(sealed, other, new Secret('key secret'))).toBe(false);
  });

  it('opens secrets of old keys after a key rotation, and names a missing key', () => {
    const sealed = keyring.seal(new Secret('key secret'), acme);
    const rotated = new Keyring([key('second'), first]);
    expect(rotated.open(sealed, acme).reveal()).toBe('key secret');
    expect(rotated.seal(new Secret('x'), acme)).toMatch(/^bff1\.second\./);
    expect(() => new Keyring([key('second')]).open(sealed, acme)).toThrow('"first"');
    expect(() => new Keyring([key('first')]).open(sealed, acme)).toThrow(UnsealError);
  });

  it('derives the MAC key of each purpose once and does not expose it', () => {
    const [current, old] = [key('current'), key('old')];
    const stored = new Keyring([old]).sign('purpose', 'text');
    const reveal = jest.spyOn(current.key, 'reveal');
    const revealOld = jest.spyOn(old.key, 'reveal');
    const ring = new Keyring([current, old]);
    const signed = ring.sign('purpose', 'text');
    for (let round = 0; round < 3; round += 1) {
      expect(ring.sign('purpose', 'text')).toBe(signed);
      expect(ring.verify('purpose', 'text', signed)).toBe(true);
      expect(ring.verify('purpose', 'text', stored)).toBe(true);
      expect(ring.verify('another purpose', 'text', signed)).toBe(false);
    }
    expect([reveal.mock.calls.length, revealOld.mock.calls.length]).toEqual([2, 1]);
    const macKey = ring.derive('purpose');
    for (const encoding of ['hex', 'base64'] as const) {
      expect(inspect(ring, { depth: 9, showHidden: true })).not.toContain(macKey.toString(encoding));
    }
  });

  it('never includes a secret in an error', () => {
    try {
      keyring.open(keyring.seal(new Secret('canary'), acme), { ...acme, version: 8 });
    } catch (error) {
      expect(inspect(error, { depth: 9 })).not.toContain('canary');
    }
    expect.assertions(1);
  });
});
