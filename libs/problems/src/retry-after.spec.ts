import { describe, expect, it } from '@jest/globals';
import { retryAfterOf } from './retry-after.js';

describe('retryAfterOf', () => {
  it.each(['0', '17', '999999999', 'Wed, 21 Oct 2099 07:28:00 GMT', 'Sun, 06 Nov 1994 08:49:37 GMT'])(
    'accepts %p',
    (value) => expect(retryAfterOf(value)).toBe(value),
  );

  it.each<[value: unknown]>([
    [undefined],
    [['1', '2']],
    [['1']],
    [''],
    ['-1'],
    ['+1'],
    ['1.5'],
    ['1, 2'],
    [' 1'],
    ['1\n'],
    ['1e3'],
    ['1000000000'],
    ['soon'],
    ['Invalid Date'],
    ['Wed, 21 Oct 2099 07:28:00'],
    ['Wednesday, 21-Oct-99 07:28:00 GMT'],
    ['Wed Oct 21 07:28:00 2099'],
    ['Wed, 30 Feb 2099 07:28:00 GMT'],
    ['2099-10-21T07:28:00Z'],
  ])('rejects %p', (value) => expect(retryAfterOf(value)).toBeUndefined());
});
