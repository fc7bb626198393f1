import { lookup } from 'node:dns/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Answer, type Browser } from '../support/browser.js';
import { expectProblem } from '../support/forwarding.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

/** Far more than the two concurrent hashes and the 50 in the queue, even while some of them end. */
const FLOOD = 400;

/** Timeout: each request of a flood takes CPU, and the machine may run other suites at the same time. */
const PATIENCE_MS = 60_000;

let bff: Bff;
let editor: Browser;
beforeAll(async () => {
  bff = await startBff({
    environment: { BFF_TRUSTED_PROXIES: '127.0.0.0/8' },
    hashesAtFullCost: true,
  });
  editor = await bff.signedIn(the.editor);
});
afterAll(() => bff.close());

let addresses = 0;

/** An address of 198.18.0.0/15 without other attempts, so that no limit per address applies. */
function newAddress(): string {
  addresses += 1;
  return `198.18.${addresses >> 8}.${addresses & 255}`;
}

function signIn(email: string, address: string, password = 'wrong'): Promise<Answer> {
  return bff.browser().post('/session', { email, password }, { 'x-forwarded-for': address });
}

interface Flood {
  readonly answers: readonly Promise<Answer>[];
  readonly pending: () => number;
  /** Resolves with the first 503: the queue is full. */
  readonly firstRejected: Promise<Answer>;
}

/** Sends sign-ins at once, each from its own address. */
function flood(email: (index: number) => string): Flood {
  let answered = 0;
  const answers = Array.from({ length: FLOOD }, async (_, index) => {
    const answer = await signIn(email(index), newAddress());
    answered += 1;
    return answer;
  });
  const firstRejected = Promise.any(answers.map(rejectUnlessOverloaded));
  return { answers, pending: () => FLOOD - answered, firstRejected };
}

async function rejectUnlessOverloaded(pending: Promise<Answer>): Promise<Answer> {
  const answer = await pending;
  if (answer.status !== 503) throw new Error(`The status is ${answer.status}`);
  return answer;
}

const statusesOf = (answers: readonly Answer[]): Set<number> => new Set(answers.map(({ status }) => status));

it(
  'a flood of sign-ins delays neither DNS lookups nor the reads of other users',
  async () => {
    const { answers, pending, firstRejected } = flood((index) => `nobody-${index}@acme.example`);
    await firstRejected;
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
  },
  PATIENCE_MS,
);

it(
  'an attempt that was rejected for overload does not count as a failure and does not reveal an account',
  async () => {
    const { answers, firstRejected } = flood((index) => `somebody-${index}@acme.example`);
    await firstRejected;
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
    // A place in the queue may have become free; only such an attempt is a failure.
    for (let failures = toViewer.length - overloaded(toViewer).length; failures < 10; failures += 1) {
      expectProblem(await signIn(the.viewer.email, address), 401, 'bff_invalid_credentials');
    }
    expectProblem(await signIn(the.viewer.email, address), 429, 'bff_too_many_attempts');
  },
  PATIENCE_MS,
);
