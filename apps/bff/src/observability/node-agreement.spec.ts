import { describe, expect, it } from '@jest/globals';
import { differencesBetween } from './node-agreement.js';

const FIRST = ['k1', 'one'] as const;
const NEXT = ['k2', 'two'] as const;
const own = { name: 'a', keys: [FIRST], frontends: 'same' };
const other = { ...own, name: 'b' };

describe('two nodes', () => {
  it('agree in each step of a rotation of the encryption keys', () => {
    const steps = [[FIRST], [FIRST, NEXT], [NEXT, FIRST], [NEXT]];
    for (let step = 1; step < steps.length; step += 1) {
      const [before, after] = [steps[step - 1] ?? [], steps[step] ?? []];
      expect(differencesBetween({ ...own, keys: before }, { ...other, keys: after })).toEqual([]);
      expect(differencesBetween({ ...own, keys: after }, { ...other, keys: before })).toEqual([]);
    }
  });

  it('differ if one encrypts with a key that the other lacks', () => {
    expect(differencesBetween(own, { ...other, keys: [NEXT, FIRST] })).toEqual([
      'BFF_ENCRYPTION_KEYS of this node lacks the key k2 with which node b encrypts',
    ]);
    expect(differencesBetween({ ...own, keys: [NEXT, FIRST] }, other)).toEqual([
      'BFF_ENCRYPTION_KEYS of node b lacks the key k2 with which this node encrypts',
    ]);
  });

  it('differ if their keys have the same id only', () => {
    expect(differencesBetween(own, { ...other, keys: [['k1', 'another']] })).toHaveLength(2);
  });

  it('differ if their lists of frontends do', () => {
    expect(differencesBetween(own, { ...other, frontends: 'another' })).toEqual([
      'BFF_FRONTENDS of node b differs from that of this node',
    ]);
  });
});
