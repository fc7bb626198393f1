import { format, inspect } from 'node:util';
import { expect, it } from '@jest/globals';
import { Secret } from './secret.js';

const secret = new Secret('canary');

it.each<[way: string, text: string]>([
  ['a template', `${String(secret)} ${secret.toString()}`],
  ['JSON', JSON.stringify({ secret, list: [secret] })],
  ['inspect', inspect({ secret }, { depth: 9, showHidden: true, getters: true })],
  ['console formatting', format('%s %o %j', secret, secret, secret)],
  ['its own members', JSON.stringify(Object.entries(secret))],
])('a secret cannot be printed by %s (CRD-04)', (_, text) => {
  expect(text).not.toContain('canary');
});

it('a secret is revealed only explicitly', () => {
  expect(secret.reveal()).toBe('canary');
});
