import { randomBytes } from 'node:crypto';
import { Secret } from '@bff/config';
import { type DatabaseConnection } from '@bff/database';
import { Problem, type ProblemCode } from '@bff/problems';
import { HashKeySet } from '@bff/secrets';
import { MemoryStore, MemoryWindows } from '@bff/state';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { ATTEMPT_WINDOW_MS, AttemptLimits } from './attempt-limits.js';
import { FamiliarAddresses, type Familiarity } from './familiar-addresses.js';

let uptime = 0;
let limits: AttemptLimits;
let compared: number;
let ended: number;
beforeEach(() => {
  const clock = (): number => uptime;
  const unreachable = { isReachable: () => false } as DatabaseConnection;
  const key = { generation: 1, createdAt: 0, key: new Secret(randomBytes(32)) };
  const keys = new HashKeySet('familiar-addresses', [key], clock);
  const familiar = new FamiliarAddresses(unreachable, keys, new MemoryStore<Familiarity>(clock), clock);
  limits = new AttemptLimits(new MemoryWindows(ATTEMPT_WINDOW_MS, clock), familiar);
  [uptime, compared, ended] = [0, 0, 0];
});

function failWith(code: ProblemCode): () => Promise<never> {
  return () => {
    compared += 1;
    return Promise.reject(new Problem(code));
  };
}

function elevate(code: ProblemCode): Promise<ProblemCode> {
  const onLimitReached = (): Promise<void> => {
    ended += 1;
    return Promise.resolve();
  };
  return limits.actAs('elevation', 'user', failWith(code), onLimitReached).then(
    () => Promise.reject(new Error('Nothing was refused')),
    (error: unknown) => (error as Problem).errorCode,
  );
}

describe('an action of a signed-in user', () => {
  it('is compared at most ten times in 15 minutes, for concurrent and for sequential attempts', async () => {
    await Promise.all(Array.from({ length: 2_000 }, () => elevate('bff_elevation_refused')));
    for (let time = 0; time < 2_000; time += 1) await elevate('bff_elevation_refused');
    expect([compared, ended]).toEqual([10, 1]);
    uptime += ATTEMPT_WINDOW_MS;
    expect(await elevate('bff_elevation_refused')).toBe('bff_elevation_refused');
  });

  it('does not count as failed when a component is unavailable or overloaded', async () => {
    for (let time = 0; time < 20; time += 1) {
      expect(await elevate('bff_overloaded')).toBe('bff_overloaded');
    }
    expect([compared, ended]).toEqual([20, 0]);
  });
});

describe('sign-ins to an account that unfamiliar networks locked', () => {
  const signIn = (address: string): Promise<ProblemCode> =>
    limits
      .signIn({ key: 'user@acme.example', userId: null }, address, failWith('bff_invalid_credentials'))
      .then(
        () => Promise.reject(new Error('Nothing was refused')),
        (error: unknown) => (error as Problem).errorCode,
      );

  it('are all rejected when many arrive concurrently, from one address or from many', async () => {
    for (let address = 0; address < 50; address += 1) await signIn(`198.18.1.${address}`);
    const addresses = Array.from({ length: 200 }, (_, index) => `198.18.2.${index % 2 === 0 ? 0 : index}`);
    const answers = await Promise.all(addresses.map(signIn));
    expect(new Set(answers)).toEqual(new Set(['bff_too_many_attempts']));
    expect(compared).toBe(50);
    expect(await signIn('198.18.2.0')).toBe('bff_too_many_attempts');
  });
});
