import { randomBytes } from 'node:crypto';
import { Secret } from '@bff/config';
import { type HashKeys, HashKeySet } from '@bff/secrets';
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PageTokens } from './page-tokens.js';

function hashKeys(): HashKeys {
  const keys = [{ generation: 1, createdAt: 0, key: new Secret(randomBytes(32)) }];
  return { of: (purpose: string) => new HashKeySet(purpose, keys, Date.now) } as unknown as HashKeys;
}

const tokens = new PageTokens(hashKeys());

it('a token is valid only for the list and the user that it was issued for (VAL-10)', () => {
  const id = fc.stringMatching(/^[a-z0-9-]{1,63}$/);
  fc.assert(
    fc.property(id, fc.uuid(), fc.uuid(), (after, reader, other) => {
      fc.pre(reader !== other);
      const token = tokens.issue('tenants', reader, after);
      expect(tokens.read('tenants', reader, token)).toBe(after);
      expect(() => tokens.read('tenants', other, token)).toThrow('Invalid input.');
      expect(() => tokens.read('users', reader, token)).toThrow('Invalid input.');
      expect(() => new PageTokens(hashKeys()).read('tenants', reader, token)).toThrow('Invalid input.');
    }),
  );
});

it('a token with any changed character is rejected', () => {
  const token = tokens.issue('tenants', 'reader', 'acme');
  fc.assert(
    fc.property(fc.nat(token.length - 1), fc.constantFrom('A', 'z', '.', '+', '%', ''), (at, replacement) => {
      fc.pre(token[at] !== replacement);
      const changed = token.slice(0, at) + replacement + token.slice(at + 1);
      expect(() => tokens.read('tenants', 'reader', changed)).toThrow('Invalid input.');
    }),
  );
});
