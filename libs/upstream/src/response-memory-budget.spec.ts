import { describe, expect, it } from '@jest/globals';
import { ResponseMemoryBudget } from './response-memory-budget.js';

describe('ResponseMemoryBudget', () => {
  it('limits all calls of a tenant together to a quarter of the total (RES-08)', () => {
    const budget = new ResponseMemoryBudget(400);
    const [first, second] = [budget.reserve('a'), budget.reserve('a')];
    expect(first.take(60)).toBe(true);
    expect(second.take(41)).toBe(false);
    expect(second.take(40)).toBe(true);
    expect(first.take(1)).toBe(false);
    expect(budget.reserve('b').take(100)).toBe(true);
  });

  it('never exceeds the total', () => {
    const budget = new ResponseMemoryBudget(400);
    for (const tenant of ['a', 'b', 'c']) expect(budget.reserve(tenant).take(100)).toBe(true);
    const [last, late] = [budget.reserve('d'), budget.reserve('e')];
    expect(last.take(90)).toBe(true);
    expect(late.take(11)).toBe(false);
    expect(late.take(10)).toBe(true);
  });

  it('gets the bytes of a call back exactly once', () => {
    const budget = new ResponseMemoryBudget(400);
    const [first, second] = [budget.reserve('a'), budget.reserve('a')];
    first.take(40);
    second.take(60);
    first.release();
    first.release();
    expect(budget.reserve('a').take(41)).toBe(false);
    expect(budget.reserve('a').take(40)).toBe(true);
  });

  it('gives no bytes to a call that has ended', () => {
    const ended = new ResponseMemoryBudget(400).reserve('a');
    ended.release();
    expect(ended.take(1)).toBe(false);
  });
});
