import { UPSTREAM_LIMITS } from '@bff/config';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { CircuitBreaker } from './circuit-breaker.js';

let now = 0;
let breaker: CircuitBreaker;
beforeEach(() => {
  now = 1_000;
  breaker = new CircuitBreaker({ monotonic: () => now, upstreamLimits: UPSTREAM_LIMITS });
});

function record(outcomes: string): void {
  for (const outcome of outcomes) breaker.record(outcome === 'f' ? 'failure' : 'success', breaker.admit());
}

describe('a circuit', () => {
  it.each([
    ['ffff', 'closed'],
    ['fffff', 'open'],
    ['sssssfffff', 'open'],
    ['ssssssfffff', 'closed'],
    ['fsfsfsfsf', 'open'],
    [`${'s'.repeat(100)}${'f'.repeat(9)}`, 'closed'],
    [`${'s'.repeat(100)}${'f'.repeat(10)}`, 'open'],
  ])('is, after the outcomes %s, %s (RES-07)', (outcomes, state) => {
    record(outcomes);
    expect(breaker.state).toBe(state);
  });

  it('ignores calls that never reached the peer', () => {
    record('ffff');
    for (let call = 0; call < 20; call += 1) breaker.record('unknown', breaker.admit());
    record('f');
    expect(breaker.state).toBe('open');
  });

  it('ignores calls that were admitted before it opened', () => {
    const isProbe = breaker.admit();
    record('fffff');
    breaker.record('success', isProbe);
    expect(breaker.state).toBe('open');
  });
});

describe('an open circuit', () => {
  function expectRejected(retryAfter: string): void {
    const expected = expect.objectContaining({ errorCode: 'bff_upstream_unavailable', retryAfter });
    expect(() => breaker.admit()).toThrow(expected);
  }

  beforeEach(() => record('fffff'));

  it('rejects calls and says when it lets the next one through', () => {
    expectRejected('5');
    now += 4_999;
    expectRejected('1');
  });

  it('lets a single probe through (RES-07)', () => {
    now += 5_000;
    expect(breaker.admit()).toBe(true);
    expect(breaker.state).toBe('half-open');
    expectRejected('1');
  });

  it('closes after a successful probe, and forgets the failures', () => {
    now += 5_000;
    record('s');
    expect(breaker.state).toBe('closed');
    record('ffff');
    expect(breaker.state).toBe('closed');
  });

  it('waits longer after each failed probe, at most 20 seconds', () => {
    for (const pauseMs of [5_000, 10_000, 20_000, 20_000]) {
      now += pauseMs - 1;
      expectRejected('1');
      now += 1;
      record('f');
    }
    now += 20_000;
    record('sfffff');
    now += 5_000;
    expect(breaker.admit()).toBe(true);
  });

  it('lets another probe through if one never reached the peer', () => {
    now += 5_000;
    breaker.record('unknown', breaker.admit());
    expect(breaker.admit()).toBe(true);
  });
});
