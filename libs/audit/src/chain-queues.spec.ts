import { describe, expect, it } from '@jest/globals';
import { ChainBusyError, ChainQueues } from './chain-queues.js';

const forever = new AbortController().signal;

/** Work that appends an entry to a list. */
function adding<Entry>(list: Entry[], entry: Entry): () => Promise<void> {
  return () => {
    list.push(entry);
    return Promise.resolve();
  };
}

/** Work that runs until `end` is called. */
function held(): { readonly work: () => Promise<void>; readonly end: () => void } {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  return { work: () => promise, end: () => resolve(undefined) };
}

describe('ChainQueues', () => {
  it('runs writes to one chain in sequence, and writes to different chains concurrently', async () => {
    const queues = new ChainQueues();
    const first = held();
    const done: string[] = [];
    const all = [
      queues.run(['acme'], forever, first.work).then(adding(done, 'first')),
      queues.run(['acme'], forever, adding(done, 'second')),
      queues.run(['harbour'], forever, adding(done, 'other')),
    ];
    await all[2];
    expect(done).toEqual(['other']);
    first.end();
    await Promise.all(all);
    expect(done.toSorted()).toEqual(['first', 'other', 'second']);
    expect(queues.size).toBe(0);
  });

  it('queues for several chains in one order, so that writes cannot deadlock', async () => {
    const queues = new ChainQueues();
    const done: number[] = [];
    const orders = [
      ['a', 'b', 'c'],
      ['c', 'b', 'a'],
      ['b', 'a', 'b'],
    ];
    await Promise.all(orders.map((chains, index) => queues.run(chains, forever, adding(done, index))));
    expect(done).toEqual([0, 1, 2]);
    expect(queues.size).toBe(0);
  });

  it('a write whose wait is aborted fails at once, never runs, and does not delay other writes', async () => {
    const queues = new ChainQueues();
    const first = held();
    const deadline = new AbortController();
    const done: string[] = [];
    const begun = queues.run(['b'], forever, first.work);
    const late = queues.run(['a', 'b'], deadline.signal, adding(done, 'late'));
    await new Promise(setImmediate);
    deadline.abort(new Error('Too late'));
    await expect(late).rejects.toThrow(ChainBusyError);
    await queues.run(['a'], forever, adding(done, 'next'));
    first.end();
    await begun;
    await queues.run(['b'], forever, adding(done, 'after'));
    expect(done).toEqual(['next', 'after']);
    expect(queues.size).toBe(0);
  });

  it('a failed write does not fail the next one', async () => {
    const queues = new ChainQueues();
    const failed = queues.run(['acme'], forever, () => Promise.reject(new Error('No room')));
    const next = queues.run(['acme'], forever, () => Promise.resolve('written'));
    await expect(failed).rejects.toThrow('No room');
    expect(await next).toBe('written');
    expect(queues.size).toBe(0);
  });
});
