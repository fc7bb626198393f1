import { expect, it } from '@jest/globals';
import { CONTRACT_KIND, expiringStoreContract } from './expiring-store.contract.js';
import { MemoryStore } from './memory-store.js';

let time = 1_000_000;
expiringStoreContract('MemoryStore', {
  unitMs: 1,
  fresh: () => Promise.resolve(new MemoryStore<string>(() => time, CONTRACT_KIND.groupsOf)),
  pass: (units) => {
    time += units;
    return Promise.resolve();
  },
});

it('removes expired values that are never read, which bounds the memory', async () => {
  let now = 0;
  let reads = 0;
  const store = new MemoryStore<string>(() => {
    reads += 1;
    return now;
  }, CONTRACT_KIND.groupsOf);
  await store.create('forgotten', 'x@g', 10);
  now = 20;
  for (let index = 0; index < 1_000; index += 1) await store.create(`k${index}`, 'x@h', 100);
  const readsBefore = reads;
  expect(await store.inGroup('g')).toEqual(new Map());
  expect(reads).toBe(readsBefore);
});

it('keeps a value until the last millisecond of its lifetime', async () => {
  let now = 0;
  const store = new MemoryStore<string>(() => now);
  await store.create('a', 'one', 10);
  now = 9;
  expect(await store.get('a')).toBe('one');
  now = 10;
  expect(await store.get('a')).toBeUndefined();
});
