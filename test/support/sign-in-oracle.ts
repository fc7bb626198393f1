import { type Answer } from './browser.js';
import { type Bff, startBff } from './start-bff.js';
import { the } from './the.js';

const MINUTE = 60_000;

const cases = {
  'an unknown user': { email: 'nobody@acme.example', password: 'wrong' },
  'a wrong password': { email: the.viewer.email, password: 'wrong' },
  'a disabled user': { email: the.partner.email, password: the.partner.password },
  'a user without a password': { email: 'federated@acme.example', password: 'wrong' },
};
export type Case = keyof typeof cases;
export const names = Object.keys(cases) as Case[];

let bff: Bff;

/** Starts the service for the tests of a file. */
export async function openOracle(): Promise<Bff> {
  bff = await startBff({
    environment: { BFF_TRUSTED_PROXIES: '127.0.0.0/8' },
    hashesAtFullCost: true,
  });
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
  return bff;
}

let address = 0;
export async function attempt(name: Case): Promise<{ answer: Answer; ms: number }> {
  address += 1;
  bff.turnClock(MINUTE);
  const browser = bff.browser();
  const from = { 'x-forwarded-for': `198.18.${address >> 8}.${address & 255}` };
  const startedAt = performance.now();
  const answer = await browser.post('/session', cases[name], from);
  return { answer, ms: performance.now() - startedAt };
}
