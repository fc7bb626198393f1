import { Problem } from '@bff/problems';
import { describe, expect, it } from '@jest/globals';
import { TenantLoads } from './tenant-loads.js';

describe('the loads of tenants', () => {
  it('limit the calls of a tenant, and not those of the others (RES-08)', () => {
    const loads = new TenantLoads();
    const first = loads.begin('a');
    for (let call = 2; call <= 64; call += 1) expect(loads.begin('a')).toBe(first);
    expect(() => loads.begin('a')).toThrow(new Problem('bff_overloaded'));
    expect(loads.begin('b').calls).toBe(1);
    loads.end(first);
    expect(loads.begin('a').calls).toBe(64);
  });

  it('limit the bytes of all calls of a tenant together to a quarter of the total (RES-08)', () => {
    const loads = new TenantLoads(400);
    const [load, other] = [loads.begin('a'), loads.begin('b')];
    expect(loads.take(load, 60)).toBe(true);
    expect(loads.take(load, 41)).toBe(false);
    expect(loads.take(load, 40)).toBe(true);
    expect(loads.take(load, 1)).toBe(false);
    expect(loads.take(other, 100)).toBe(true);
  });

  it('never exceed the total', () => {
    const loads = new TenantLoads(400);
    for (const tenant of ['a', 'b', 'c']) expect(loads.take(loads.begin(tenant), 100)).toBe(true);
    expect(loads.take(loads.begin('d'), 90)).toBe(true);
    expect(loads.take(loads.begin('e'), 11)).toBe(false);
    expect(loads.take(loads.begin('e'), 10)).toBe(true);
  });

  it('return bytes to the tenant and to the total', () => {
    const loads = new TenantLoads(400);
    const load = loads.begin('a');
    loads.take(load, 100);
    loads.giveBack(load, 40);
    expect(loads.take(load, 41)).toBe(false);
    expect(loads.take(load, 40)).toBe(true);
  });

  it('forget only tenants without calls and without bytes', () => {
    const loads = new TenantLoads(400, 3);
    const [calling, reading, idle] = [loads.begin('calling'), loads.begin('reading'), loads.begin('idle')];
    loads.take(reading, 10);
    loads.end(reading);
    loads.end(idle);
    loads.begin('new');
    expect(loads.size).toBe(3);
    expect(loads.begin('calling')).toBe(calling);
    expect(loads.begin('reading')).toBe(reading);
  });
});
