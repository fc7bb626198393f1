import { describe, expect, it } from '@jest/globals';
import { parseJsonBody } from './json-body.js';

const quoted = (text: string, count: number): string => `"${text.repeat(count)}"`;
const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

describe('a JSON body', () => {
  it('is parsed, and the last occurrence of a repeated field counts', () => {
    expect(parseJsonBody(Buffer.from('{"a":1,"a":{"b":[2]}}'))).toEqual({ a: { b: [2] } });
  });

  it('may be a comment of the maximum length, with any characters or escapes', () => {
    const comment = '👋'.repeat(65_535);
    const escaped = JSON.stringify({ comment }).replaceAll('👋', '\\ud83d\\udc4b');
    expect(parseJsonBody(Buffer.from(JSON.stringify({ comment })))).toEqual({ comment });
    expect(parseJsonBody(Buffer.from(escaped))).toEqual({ comment });
    const signs = '{[,]}"\\'.repeat(5_000);
    expect(parseJsonBody(Buffer.from(JSON.stringify({ signs })))).toEqual({ signs });
  });

  it('may have 300 memberships', () => {
    const memberships = Array.from({ length: 300 }, (_, index) => ({ tenant: `t${index}`, role: 'viewer' }));
    expect(parseJsonBody(Buffer.from(JSON.stringify({ memberships })))).toEqual({ memberships });
  });

  it('may be absent', () => {
    expect(parseJsonBody(Buffer.alloc(0))).toBeUndefined();
  });

  it.each<[what: string, atLimit: string, beyond: string]>([
    ['levels of arrays', nested(32), nested(33)],
    [
      'levels of objects',
      `${'{"a":'.repeat(31)}{}${'}'.repeat(31)}`,
      `${'{"a":'.repeat(32)}{}${'}'.repeat(32)}`,
    ],
    ['elements', `[${'1,'.repeat(999)}1]`, `[${'1,'.repeat(1_000)}1]`],
    ['digits', `0.${'1'.repeat(19_998)}`, `0.${'1'.repeat(19_999)}`],
    ['characters of one byte', quoted('\u007f', 150_000), quoted('\u007f', 150_001)],
    ['characters of two bytes', quoted('\u0080', 150_000), quoted('\u0080', 150_001)],
    ['spaces in a string', quoted(' ', 150_000), quoted(' ', 150_001)],
    ['escapes', quoted('\\n', 150_000), quoted('\\n', 150_001)],
  ])('may have the maximum of %s, and not one more', (_, atLimit, beyond) => {
    expect(() => parseJsonBody(Buffer.from(atLimit))).not.toThrow();
    expect(() => parseJsonBody(Buffer.from(beyond))).toThrow('Invalid input.');
  });

  it('may have any number of spaces between values, and of containers that are closed', () => {
    expect(parseJsonBody(Buffer.from(`[${' '.repeat(20_001)}]`))).toEqual([]);
    expect(parseJsonBody(Buffer.from(`[${'[],{},'.repeat(40)}0]`))).toHaveLength(81);
  });

  it.each<[what: string, bytes: Buffer]>([
    ['1 001 objects', Buffer.from(`[${'{},'.repeat(1_000)}{}]`)],
    ['75 001 characters of two units', Buffer.from(JSON.stringify('👋'.repeat(75_001)))],
    ['an unterminated string', Buffer.from('"a\\\\"b')],
    ['a missing value', Buffer.from('{"a":')],
    ['trailing data', Buffer.from('{} {}')],
    ['a byte order mark', Buffer.from('\ufeff{}')],
    ['invalid UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['UTF-16', Buffer.from('{}', 'utf16le')],
    ['10 000 levels', Buffer.from(nested(10_000))],
    ['100 000 levels', Buffer.from(nested(100_000))],
    ['__proto__', Buffer.from('{"__proto__":{"admin":true}}')],
    ['__proto__ in escapes', Buffer.from('{"\\u005f_proto__":{}}')],
    ['a nested constructor', Buffer.from('{"a":[{"constructor":{}}]}')],
    ['toString', Buffer.from('{"toString":1}')],
  ])('with %s is rejected (VAL-02, VAL-03)', (_, bytes) => {
    expect(() => parseJsonBody(bytes)).toThrow('Invalid input.');
  });
});
