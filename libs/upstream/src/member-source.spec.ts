import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { memberSource } from './member-source.js';

const indented = fc.constantFrom(undefined, 1, '\t');

describe('memberSource', () => {
  it('returns the source text of every member of any object', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()),
        indented,
        (object, indent) => {
          const json = JSON.stringify(object, null, indent);
          const parsed = JSON.parse(json) as Record<string, unknown>;
          for (const name of Object.keys(parsed)) {
            expect(JSON.parse(memberSource(json, name) ?? '')).toEqual(parsed[name]);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it.each<[json: string, source: string | undefined]>([
    ['{}', undefined],
    ['{"b":{"a":1}}', undefined],
    ['{"b":[{"a":1}],"c":"\\"a\\":2"}', undefined],
    ['{ "a" : 12345678901234567890.00 }', '12345678901234567890.00'],
    ['{"a":1,"b":0,"a":"\\\\"}', '"\\\\"'],
    ['{"\\u0061":[ {"a" : 2} , "}" ],"b":3}', '[ {"a" : 2} , "}" ]'],
  ])('returns the last top-level member of the name: %s', (json, source) => {
    expect(memberSource(json, 'a')).toBe(source);
  });

  it('supports nesting of any depth', () => {
    const deep = `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`;
    expect(memberSource(`{"a":${deep}}`, 'a')).toBe(deep);
  });
});
