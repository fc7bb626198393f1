import { describe, expect, it } from '@jest/globals';
import { parseJsonBody } from './json-body.js';

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

  it('may be 32 levels deep', () => {
    expect(() => parseJsonBody(Buffer.from(nested(32)))).not.toThrow();
  });

  it.each<[what: string, bytes: Buffer]>([
    ['1 001 elements', Buffer.from(`[${'1,'.repeat(1_000)}1]`)],
    ['a number of 30 000 digits', Buffer.from('1'.repeat(30_000))],
    ['1 001 objects', Buffer.from(`[${'{},'.repeat(1_000)}{}]`)],
    ['150 001 characters', Buffer.from(JSON.stringify('a'.repeat(150_001)))],
    ['75 001 characters of two units', Buffer.from(JSON.stringify('👋'.repeat(75_001)))],
    ['an unterminated string', Buffer.from('"a\\\\"b')],
    ['a missing value', Buffer.from('{"a":')],
    ['trailing data', Buffer.from('{} {}')],
    ['a byte order mark', Buffer.from('\ufeff{}')],
    ['invalid UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['UTF-16', Buffer.from('{}', 'utf16le')],
    ['34 levels', Buffer.from(nested(34))],
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
