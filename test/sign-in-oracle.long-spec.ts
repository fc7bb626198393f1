import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Answer } from './support/browser.js';
import { type Bff, startBff } from './support/start-bff.js';
import { the } from './support/the.js';

const MINUTE = 60_000;
const ROUNDS = 60;
/** Noise of the machine passes within a batch or two; a difference in the work does not. */
const BATCHES = 6;

const cases = {
  'an unknown user': { email: 'nobody@acme.example', password: 'wrong' },
  'a wrong password': { email: the.viewer.email, password: 'wrong' },
  'a disabled user': { email: the.partner.email, password: the.partner.password },
  'a user without a password': { email: 'federated@acme.example', password: 'wrong' },
};
type Case = keyof typeof cases;
const names = Object.keys(cases) as Case[];

let bff: Bff;
beforeAll(async () => {
  bff = await startBff({ environment: { BFF_TRUSTED_PROXIES: '127.0.0.0/8' } });
  await bff.apply({
    users: [
      {
        email: 'federated@acme.example',
        name: 'Fed Erated',
        identity: { issuer: 'https://id.example.com', subject: 'fed' },
      },
    ],
  });
  await bff.disable(the.partner.email);
});
afterAll(() => bff.close());

let address = 0;
async function attempt(name: Case): Promise<{ answer: Answer; ms: number }> {
  address += 1;
  bff.turnClock(MINUTE);
  const browser = bff.browser();
  const from = { 'x-forwarded-for': `198.18.${address >> 8}.${address & 255}` };
  const startedAt = performance.now();
  const answer = await browser.post('/session', cases[name], from);
  return { answer, ms: performance.now() - startedAt };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}

it('who has an account cannot be told from how long a failed sign-in takes: medians within 5 %', async () => {
  const spreads: number[] = [];
  for (let batch = 0; batch < BATCHES && !(Math.min(...spreads) <= 0.05); batch += 1) {
    const times = new Map<Case, number[]>(names.map((name) => [name, []]));
    for (let round = 0; round < ROUNDS; round += 1) {
      for (let turn = 0; turn < names.length; turn += 1) {
        const name = names[(turn + round) % names.length] ?? 'an unknown user';
        times.get(name)?.push((await attempt(name)).ms);
      }
    }
    const medians = [...times.values()].map(median);
    spreads.push(Math.max(...medians) / Math.min(...medians) - 1);
  }
  expect(Math.min(...spreads)).toBeLessThanOrEqual(0.05);
});
