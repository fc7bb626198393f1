import { expect, it } from '@jest/globals';
import { Progress } from './progress.js';

it('a progress bar shows its share, also of more records than were counted, and removes itself', () => {
  const written: string[] = [];
  const progress = new Progress({ write: (text: string) => written.push(text) > 0 }, 4);
  progress.advance(1, 'hash keys');
  progress.advance(9, 'session records');
  progress.end();
  expect(written).toEqual([
    `\r\u001b[K[${'#'.repeat(8)}${'-'.repeat(22)}] 25 %  hash keys`,
    `\r\u001b[K[${'#'.repeat(30)}] 100 %  session records`,
    '\r\u001b[K',
  ]);
});
