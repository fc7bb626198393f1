import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Answer } from './support/browser.js';
import { type Bff, startBff } from './support/start-bff.js';
import { the } from './support/the.js';

const MINUTE = 60_000;

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

it('who has an account cannot be told from what a failed sign-in answers', async () => {
  const answers = new Set<string>();
  for (const name of names) {
    const { answer } = await attempt(name);
    const id = answer.headers['x-request-id'] as string;
    const headers = Object.entries(answer.headers).filter(
      ([header]) => !['x-request-id', 'date'].includes(header),
    );
    answers.add(JSON.stringify([answer.status, headers, answer.text.replaceAll(id, 'ID')]));
  }
  expect(answers.size).toBe(1);
});
