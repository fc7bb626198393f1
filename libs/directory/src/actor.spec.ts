import { describe, expect, it } from '@jest/globals';
import { type Actor, operator } from './actor.js';

describe('an actor', () => {
  it('cannot be replaced by an object with the same members, such as a request context', () => {
    const { actor, requestId } = operator();
    const lookalike = {
      ...{ actor, requestId, currentSession: null },
      assertCurrent: () => Promise.resolve(),
      confirm: (): Promise<void> => Promise.resolve(),
    };
    // @ts-expect-error Only elevatedAdmin() and operator() make an Actor; type checking fails if this line
    // compiles.
    const forged: Actor = lookalike;
    expect(forged).toBe(lookalike);
  });
});
