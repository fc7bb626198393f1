import { UPSTREAM_LIMITS, type UpstreamServer } from '@bff/config';
import { Problem } from '@bff/problems';
import { describe, expect, it } from '@jest/globals';
import { type QueuedCall, type TenantLoad, TenantLoads } from './tenant-loads.js';

const config = { monotonic: (): number => 0, upstreamLimits: UPSTREAM_LIMITS };
const noCall: QueuedCall = { proceed: () => undefined };

/** A call of a tenant that has a place. */
function begin(loads: TenantLoads, recordId: string): TenantLoad {
  const load = loads.of(recordId);
  loads.enter(load, noCall);
  return load;
}

describe('the loads of tenants', () => {
  it('limit the calls of a tenant, and not those of the others (RES-08)', () => {
    const loads = new TenantLoads(config);
    const load = loads.of('a');
    for (let call = 1; call <= 64; call += 1) expect(loads.enter(load, noCall)).toBe(true);
    for (let call = 1; call <= 32; call += 1) expect(loads.enter(load, noCall)).toBe(false);
    expect(() => loads.enter(load, noCall)).toThrow(new Problem('bff_overloaded'));
    expect(loads.enter(loads.of('b'), noCall)).toBe(true);
  });

  it('give a free place to the call that has waited longest (RES-08)', () => {
    const loads = new TenantLoads(config);
    const load = loads.of('a');
    const begun: string[] = [];
    for (let call = 1; call <= 64; call += 1) loads.enter(load, noCall);
    const [first, second, third] = ['first', 'second', 'third'].map((name) => ({
      proceed: () => void begun.push(name),
    })) as [QueuedCall, QueuedCall, QueuedCall];
    for (const call of [first, second, third]) loads.enter(load, call);
    loads.leaveQueue(load, second);
    loads.leaveQueue(load, second);
    for (let call = 1; call <= 3; call += 1) loads.leave(load);
    expect(begun).toEqual(['first', 'third']);
    expect(load.calls).toBe(63);
  });

  it('limit the bytes of all calls of a tenant together to a quarter of the total (RES-08)', () => {
    const loads = new TenantLoads(config, 400);
    const [load, other] = [loads.of('a'), loads.of('b')];
    expect(loads.take(load, 60)).toBe(true);
    expect(loads.take(load, 41)).toBe(false);
    expect(loads.take(load, 40)).toBe(true);
    expect(loads.take(load, 1)).toBe(false);
    expect(loads.take(other, 100)).toBe(true);
  });

  it('never exceed the total', () => {
    const loads = new TenantLoads(config, 400);
    for (const tenant of ['a', 'b', 'c']) expect(loads.take(loads.of(tenant), 100)).toBe(true);
    expect(loads.take(loads.of('d'), 90)).toBe(true);
    expect(loads.take(loads.of('e'), 11)).toBe(false);
    expect(loads.take(loads.of('e'), 10)).toBe(true);
  });

  it('return bytes to the tenant and to the total', () => {
    const loads = new TenantLoads(config, 400);
    const load = loads.of('a');
    loads.take(load, 100);
    loads.giveBack(load, 40);
    expect(loads.take(load, 41)).toBe(false);
    expect(loads.take(load, 40)).toBe(true);
  });

  it('forget only tenants without calls, bytes, an open circuit and a refusal', () => {
    const server = {} as UpstreamServer;
    const loads = new TenantLoads(config, 400, 5);
    const [calling, reading, idle] = [begin(loads, 'calling'), begin(loads, 'reading'), begin(loads, 'idle')];
    const [failing, refused] = [loads.of('failing'), loads.of('refused')];
    loads.take(reading, 10);
    for (const load of [reading, idle]) loads.leave(load);
    for (let call = 0; call < 5; call += 1) failing.lane(server).reads.record('failure', false);
    refused.lane(server).refuse(1_000);
    loads.of('new');
    expect(loads.size).toBe(5);
    for (const [id, load] of Object.entries({ calling, reading, failing, refused }))
      expect(loads.of(id)).toBe(load);
    expect(loads.of('idle')).not.toBe(idle);
  });
});
