import { expect, it } from '@jest/globals';
import { emailKey } from './email-key.js';

it.each<[one: string, other: string]>([
  ['User@Acme.Example', 'user@acme.example'],
  ['user@bücher.example', 'user@xn--bcher-kva.example'],
  ['user@BÜCHER.example', 'user@XN--BCHER-KVA.example'],
  ['user@bu\u0308cher.example', 'user@bücher.example'],
  ['user@bücher\u3002example', 'user@bücher.example'],
  ['rene\u0301@acme.example', 'rené@acme.example'],
  ['"a@b"@bücher.example', '"a@b"@xn--bcher-kva.example'],
])('%s and %s have the same key', (one, other) => {
  expect(emailKey(one)).toBe(emailKey(other));
});

it.each<[one: string, other: string]>([
  ['rené@acme.example', 'rene@acme.example'],
  ['user@bücher.example', 'user@bucher.example'],
  ['bücher@acme.example', 'xn--bcher-kva@acme.example'],
  ['user@bücher.example/x', 'user@bücher.example'],
  ['user@b%C3%BCcher.example', 'user@bücher.example'],
  ['user@1.2', 'user@1.0.0.2'],
])('%s and %s have different keys', (one, other) => {
  expect(emailKey(one)).not.toBe(emailKey(other));
});

it.each(['nobody', 'bücher.example', 'user@xn--ü.example', 'user@', '@', '', 'user@bücher:8'])(
  '%j is its own key',
  (typed) => {
    expect(emailKey(typed)).toBe(typed);
  },
);
