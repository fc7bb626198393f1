import { describe, expect, it } from '@jest/globals';
import { ChainBusyError, ChainTurns } from './chain-turns.js';

const forever = new AbortController().signal;

/** Work that adds an entry to a list. */
function adding<Entry>(list: Entry[], entry: Entry): () => Promise<void> {
  return () => {
    list.push(entry);
    return Promise.resolve();
  };
}

/** Work that ends when it is told to. */
function held(): { readonly work: () => Promise<void>; readonly end: () => void } {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  return { work: () => promise, end: () => resolve(undefined) };
}

describe('ChainTurns', () => {
  it('runs writes to one chain one after the other, and those to other chains at once', async () => {
    const turns = new ChainTurns();
    const first = held();
    const done: string[] = [];
    const all = [
      turns.run(['acme'], forever, first.work).then(adding(done, 'first')),
      turns.run(['acme'], forever, adding(done, 'second')),
      turns.run(['harbour'], forever, adding(done, 'other')),
    ];
    await all[2];
    expect(done).toEqual(['other']);
    first.end();
    await Promise.all(all);
    expect(done.toSorted()).toEqual(['first', 'other', 'second']);
    expect(turns.size).toBe(0);
  });

  it('takes the turns of several chains in one order, so that no two writes wait for each other', async () => {
    const turns = new ChainTurns();
    const done: number[] = [];
    const orders = [
      ['a', 'b', 'c'],
      ['c', 'b', 'a'],
      ['b', 'a', 'b'],
    ];
    await Promise.all(orders.map((chains, index) => turns.run(chains, forever, adding(done, index))));
    expect(done).toEqual([0, 1, 2]);
    expect(turns.size).toBe(0);
  });

  it('a write whose wait ended fails at once, never runs, and keeps nobody waiting', async () => {
    const turns = new ChainTurns();
    const first = held();
    const deadline = new AbortController();
    const done: string[] = [];
    const begun = turns.run(['b'], forever, first.work);
    const late = turns.run(['a', 'b'], deadline.signal, adding(done, 'late'));
    await new Promise(setImmediate);
    deadline.abort(new Error('Too late'));
    await expect(late).rejects.toThrow(ChainBusyError);
    await turns.run(['a'], forever, adding(done, 'next'));
    first.end();
    await begun;
    await turns.run(['b'], forever, adding(done, 'after'));
    expect(done).toEqual(['next', 'after']);
    expect(turns.size).toBe(0);
  });

  it('a failed write does not fail the next one', async () => {
    const turns = new ChainTurns();
    const failed = turns.run(['acme'], forever, () => Promise.reject(new Error('No room')));
    const next = turns.run(['acme'], forever, () => Promise.resolve('written'));
    await expect(failed).rejects.toThrow('No room');
    expect(await next).toBe('written');
    expect(turns.size).toBe(0);
  });
});
