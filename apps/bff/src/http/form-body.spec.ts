import { expect, it } from '@jest/globals';
import { parseFormBody } from './form-body.js';

it('a form is returned as undecoded text', () => {
  const form = 'logout_token=a.b.c&other=%C3%A9';
  expect(parseFormBody(Buffer.from(form))).toBe(form);
  expect(parseFormBody(Buffer.from('a=1&'.repeat(99)))).toBe('a=1&'.repeat(99));
});

it.each<[what: string, form: string]>([
  ['101 fields', 'a&'.repeat(100)],
  ['1 MiB of fields', 'a&'.repeat(512 * 1024)],
  ['a field of 1 MiB', `logout_token=${'%41'.repeat(349_000)}`],
])('rejects a form with %s before it is decoded (VAL-13)', (_, form) => {
  expect(() => parseFormBody(Buffer.from(form))).toThrow('Invalid input.');
});
