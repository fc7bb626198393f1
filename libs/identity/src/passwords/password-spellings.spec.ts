import { Secret } from '@bff/config';
import { expect, it } from '@jest/globals';
import { normalisedPassword, spellingsOf } from './password-spellings.js';

const revealed = (typed: string): readonly string[] =>
  spellingsOf(new Secret(typed)).map((spelling) => spelling.reveal());

it.each<[what: string, typed: string, spellings: readonly string[]]>([
  ['ASCII', 'correct horse', ['correct horse']],
  ['composed letters', 'ä', ['ä', 'a\u0308']],
  ['decomposed letters', 'a\u0308', ['ä', 'a\u0308']],
  ['both', 'äo\u0308', ['äö', 'äo\u0308', 'a\u0308o\u0308']],
  ['letters that only look similar', 'ﬁ', ['ﬁ']],
  ['a lone surrogate', '\ud83d', ['\ud83d']],
])('a password with %s is compared in each of its spellings', (_, typed, spellings) => {
  expect(revealed(typed)).toEqual(spellings);
});

it('4 096 combining marks, which take quadratic time to sort, are taken as typed', () => {
  const typed = 'a' + '\u0301'.repeat(2_047) + '\u0327'.repeat(2_048);
  const startedAt = process.cpuUsage();
  for (let round = 0; round < 200; round += 1) expect(normalisedPassword(typed)).toBe(typed);
  expect(revealed(typed)).toEqual([typed]);
  expect(process.cpuUsage(startedAt).user / 1_000).toBeLessThan(1_000);
});
