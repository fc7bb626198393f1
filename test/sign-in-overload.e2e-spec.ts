import { lookup } from 'node:dns/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Answer, type Browser } from './support/browser.js';
import { expectProblem } from './support/forwarding.js';
import { type Bff, startBff } from './support/start-bff.js';
import { the } from './support/the.js';

/** More than the two hashes that run at once and the 50 that wait. */
const FLOOD = 80;

let bff: Bff;
let editor: Browser;
beforeAll(async () => {
  bff = await startBff({ environment: { BFF_TRUSTED_PROXIES: '127.0.0.0/8' } });
  editor = await bff.signedIn(the.editor);
});
afterAll(() => bff.close());

let addresses = 0;
const newAddress = (): string => `198.51.100.${(addresses += 1)}`;

function signIn(email: string, address: string, password = 'wrong'): Promise<Answer> {
  return bff.browser().post('/session', { email, password }, { 'x-forwarded-for': address });
}

/** Sign-ins that arrive together, each from an address of its own. */
function flood(email: (index: number) => string): {
  readonly answers: Promise<Answer>[];
  readonly pending: () => number;
} {
  let answered = 0;
  const answers = Array.from({ length: FLOOD }, async (_, index) => {
    const answer = await signIn(email(index), newAddress());
    answered += 1;
    return answer;
  });
  return { answers, pending: () => FLOOD - answered };
}

const statusesOf = (answers: readonly Answer[]): Set<number> => new Set(answers.map(({ status }) => status));

it('a flood of sign-ins delays neither DNS lookups nor the reads of others', async () => {
  const { answers, pending } = flood((index) => `nobody-${index}@acme.example`);
  // The first answer is a 503, which no hash delays: from here on the queue is full.
  await Promise.any(answers);
  for (let round = 0; round < 5; round += 1) {
    await lookup('localhost');
    expect((await editor.get('/v1/tenants/acme/whatsapp')).status).toBe(200);
  }
  expect(pending()).toBeGreaterThan(20);
  expect(bff.sinch.production.requests).toHaveLength(5);
  const settled = await Promise.all(answers);
  expect(statusesOf(settled)).toEqual(new Set([401, 503]));
  const rejected = settled.filter(({ status }) => status === 503);
  for (const answer of rejected) {
    expectProblem(answer, 503, 'bff_overloaded');
    expect(answer.headers['retry-after']).toMatch(/^\d+$/);
  }
});

it('an attempt that was rejected for overload does not count as a failure and does not reveal an account', async () => {
  const { answers } = flood((index) => `somebody-${index}@acme.example`);
  await Promise.any(answers);
  const address = newAddress();
  const attempts = ['nobody@acme.example', the.viewer.email].map((email) =>
    Promise.all(Array.from({ length: 6 }, () => signIn(email, address))),
  );
  const [toNobody = [], toViewer = []] = await Promise.all(attempts);
  const withoutIds = (overloaded: readonly Answer[]): Set<string> =>
    new Set(
      overloaded.map(({ headers: { 'x-request-id': id, date: _, ...headers }, text }) =>
        JSON.stringify([headers, text.replaceAll(String(id), 'ID')]),
      ),
    );
  const overloaded = (of: readonly Answer[]): Answer[] => of.filter(({ status }) => status === 503);
  expect(withoutIds(overloaded(toNobody)).size).toBe(1);
  expect(withoutIds(overloaded(toViewer))).toEqual(withoutIds(overloaded(toNobody)));
  await Promise.all(answers);
  // A place may have become free in between; only such an attempt has failed.
  for (let failures = toViewer.length - overloaded(toViewer).length; failures < 10; failures += 1) {
    expectProblem(await signIn(the.viewer.email, address), 401, 'bff_invalid_credentials');
  }
  expectProblem(await signIn(the.viewer.email, address), 429, 'bff_too_many_attempts');
});
