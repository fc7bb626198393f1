import { expect, it } from '@jest/globals';
import { HashingQueue } from './hashing-queue.js';

/** Work that the test finishes explicitly, in the order in which it was started. */
function controlledWork(): {
  readonly work: (name: string) => () => Promise<string>;
  readonly started: string[];
  readonly finishNext: () => Promise<void>;
} {
  const started: string[] = [];
  const finish: (() => void)[] = [];
  return {
    started,
    work: (name) => () => {
      started.push(name);
      return new Promise((done) => finish.push(() => done(name)));
    },
    finishNext: async () => {
      finish.shift()?.();
      await new Promise(setImmediate);
    },
  };
}

it('two hashes run concurrently, 50 wait, and a further request is rejected with bff_overloaded and Retry-After', async () => {
  const queue = new HashingQueue();
  const { work, started, finishNext } = controlledWork();
  const admitted = Array.from({ length: 52 }, (_, index) =>
    queue.run('interactive', work(`person ${index}`)),
  );
  await expect(queue.run('interactive', work('one too many'))).rejects.toMatchObject({
    errorCode: 'bff_overloaded',
    retryAfter: expect.stringMatching(/^\d+$/),
  });
  expect(started).toEqual(['person 0', 'person 1']);
  await finishNext();
  expect(started).toEqual(['person 0', 'person 1', 'person 2']);
  const later = queue.run('interactive', work('later'));
  for (let ended = 1; ended < 53; ended += 1) await finishNext();
  expect(await Promise.all(admitted)).toHaveLength(52);
  expect(await later).toBe('later');
  expect(started).not.toContain('one too many');
});

it('batch work has no queue limit, runs one hash at a time and leaves a thread to interactive requests', async () => {
  const queue = new HashingQueue();
  const { work, started, finishNext } = controlledWork();
  const batch = Array.from({ length: 60 }, (_, index) => queue.run('batch', work(`batch ${index}`)));
  const people = Array.from({ length: 51 }, (_, index) => queue.run('interactive', work(`person ${index}`)));
  await new Promise(setImmediate);
  expect(started).toEqual(['batch 0', 'person 0']);
  for (let ended = 0; ended < 6; ended += 1) await finishNext();
  expect(started).toEqual([0, 1, 2, 3].flatMap((index) => [`batch ${index}`, `person ${index}`]));
  for (let ended = 6; ended < 111; ended += 1) await finishNext();
  expect(await Promise.all([...batch, ...people])).toHaveLength(111);
});

it('failed work frees its thread for the next', async () => {
  const queue = new HashingQueue();
  const failed = (): Promise<never> => Promise.reject(new Error('no memory'));
  for (let attempt = 0; attempt < 4; attempt += 1) {
    await expect(queue.run('interactive', failed)).rejects.toThrow('no memory');
    await expect(queue.run('batch', failed)).rejects.toThrow('no memory');
  }
  await expect(queue.run('interactive', () => Promise.resolve('admitted'))).resolves.toBe('admitted');
});
