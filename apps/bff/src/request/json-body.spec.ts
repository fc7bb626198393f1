import { describe, expect, it } from '@jest/globals';
import { parseJsonBody } from './json-body.js';

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

describe('a JSON body', () => {
  it('is parsed, the last of repeated members counting', () => {
    expect(parseJsonBody(Buffer.from('{"a":1,"a":{"b":[2]}}'))).toEqual({ a: { b: [2] } });
  });

  it('may be absent', () => {
    expect(parseJsonBody(Buffer.alloc(0))).toBeUndefined();
  });

  it('may be 32 levels deep', () => {
    expect(() => parseJsonBody(Buffer.from(nested(32)))).not.toThrow();
  });

  it.each<[what: string, bytes: Buffer]>([
    ['no JSON', Buffer.from('{"a":')],
    ['trailing data', Buffer.from('{} {}')],
    ['a byte order mark', Buffer.from('\ufeff{}')],
    ['invalid UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['UTF-16', Buffer.from('{}', 'utf16le')],
    ['34 levels', Buffer.from(nested(34))],
    ['10 000 levels', Buffer.from(nested(10_000))],
    ['100 000 levels', Buffer.from(nested(100_000))],
    ['__proto__', Buffer.from('{"__proto__":{"admin":true}}')],
    ['__proto__ in escapes', Buffer.from('{"\\u005f_proto__":{}}')],
    ['constructor, deep down', Buffer.from('{"a":[{"constructor":{}}]}')],
    ['toString', Buffer.from('{"toString":1}')],
  ])('with %s is refused (VAL-02, VAL-03)', (_, bytes) => {
    expect(() => parseJsonBody(bytes)).toThrow('Invalid input.');
  });
});
