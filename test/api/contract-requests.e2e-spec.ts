import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isAdminNeed } from '@bff/tenancy';
import fc from 'fast-check';
import { amount } from '../support/amount.js';
import { type Answer, type Browser, type BrowserRequest } from '../support/browser.js';
import { type Attempt, attemptsAt, PEOPLE, type Person } from '../support/contract-attempts.js';
import { valuesOf } from '../support/contract-arbitraries.js';
import { expectationOf } from '../support/contract-expectations.js';
import { Contract, pairOf } from '../support/contract.js';
import { expectNothingAsked } from '../support/raw-answer.js';
import { type RecordedRequest } from '../support/recording-upstream.js';
import { type CompleteReply } from '../support/reply.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { type RouteName, ROUTES } from '../../apps/bff/src/http/routes.js';

/** Each seed generates other requests: CONTRACT_SEED=… npm run test:only -- --testPathPatterns contract-requests */
const SEED = Number(process.env['CONTRACT_SEED'] ?? 20_261_125);
const RUNS = amount(50, 200);

let bff: Bff;
let contract: Contract;
beforeAll(async () => {
  bff = await startBff({ environment: { BFF_TRUSTED_PROXIES: '127.0.0.0/8' } });
  contract = await Contract.of(bff);
});
afterAll(() => bff.close());

/** Possible responses to a body that the schema does not accept (docs/contract.md section 3, the order of checks). */
const REJECTIONS_UP_TO_BODY = [
  '400 bff_invalid_input',
  '401 bff_session_required',
  '403 bff_csrf_header_required',
  '403 bff_origin_not_allowed',
  '403 bff_role_required',
  '404 bff_tenant_not_found',
  '415 bff_unsupported_media_type',
];

/** The operations of an editor with a password; administration and identity providers have separate suites. */
const names = (Object.keys(ROUTES) as RouteName[]).filter((name) => {
  const { needs, provider } = ROUTES[name];
  return !isAdminNeed(needs) && provider !== true && name !== 'session.change-password';
});
const signedIn = new Map<Person, Browser>();
let addresses = 0;

/** A new client address for each sign-in, so that no attempt limit applies to several sign-ins. */
const fromNewAddress = (): { 'x-forwarded-for': string } => {
  addresses += 1;
  return { 'x-forwarded-for': `198.18.${addresses >> 8}.${addresses & 255}` };
};

async function browserOf(person: Attempt['person'], name: RouteName): Promise<Browser> {
  if (person === 'nobody') return bff.browser();
  const { user, frontend } = PEOPLE[person];
  // A sign-in ends the session whose cookie it has.
  if (name === 'session.create') return bff.browser(frontend);
  const known = signedIn.get(person);
  if (known !== undefined) return known;
  const { email, password } = user;
  const browser = bff.browser(frontend);
  const answer = await browser.post('/session', { email, password }, fromNewAddress());
  expect(answer.status).toBe(201);
  signedIn.set(person, browser);
  return browser;
}

/** Removes all browsers of a user whose sessions may have ended, so that each signs in again. */
function forget(person: Attempt['person']): void {
  if (person === 'nobody') return;
  const { email } = PEOPLE[person].user;
  for (const other of [...signedIn.keys()]) {
    if (PEOPLE[other].user.email === email) signedIn.delete(other);
  }
}

async function send(name: RouteName, attempt: Attempt): Promise<Answer> {
  const browser = await browserOf(attempt.person, name);
  const currentSessionId = async (): Promise<string> =>
    ((await browser.get('/session')).json as { readonly id?: string }).id ?? 'none';
  const sessionId =
    name === 'sessions.end' && attempt.sessionId === 'own' ? await currentSessionId() : attempt.sessionId;
  const pairs = attempt.query.map((pair) => pair.map(encodeURIComponent).join('='));
  const query = pairs.length === 0 ? '' : `?${pairs.join('&')}`;
  const { body, mediaType, browserHeaders } = attempt;
  const request: BrowserRequest = {
    ...(body !== undefined && { rawBody: 'text' in body ? body.text : JSON.stringify(body.value) }),
    headers: { 'content-type': mediaType, ...browserHeaders, ...fromNewAddress() },
  };
  bff.sinch.reset();
  for (const server of ['production', 'staging', 'staging-dev'] as const)
    bff.sinch[server].answer(attempt.reply.reply);
  const { method } = contract.operation(name);
  const target = `${contract.target(name, { tenantId: attempt.tenantId, sessionId })}${query}`;
  const answer = await browser.request(method, target, request);
  if (answer.status === 204) forget(attempt.person);
  return answer;
}

/** Whether a read is sent again after this reply, while the budget of retries lasts (docs/contract.md section 5). */
function permitsRetry({ kind, reply }: Attempt['reply']): boolean {
  if ('raw' in reply) return reply.raw === '' && reply.then === 'destroy';
  return kind === 'fault' && 'status' in reply && [502, 503, 504].includes(reply.status ?? 200);
}

/** The parts of a request that do not depend on its connection. */
function contentOf(request: RecordedRequest | undefined): unknown {
  const { connection: _, ...headers } = request?.headers ?? {};
  return [request?.method, request?.url, headers, request?.body];
}

function expectConformance(name: RouteName, attempt: Attempt, answer: Answer): void {
  const expected = expectationOf(name, attempt, contract);
  const pair =
    expected.soundPath || pairOf(answer) !== '404 bff_route_not_found'
      ? contract.expectDocumented(name, answer)
      : pairOf(answer);
  if (expected.soundInput) expect(pair).not.toBe('400 bff_invalid_input');
  if (expected.acceptedBody === false) expect(REJECTIONS_UP_TO_BODY).toContain(pair);

  if (!expected.arrives) {
    expect(bff.sinch.all.requests).toEqual([]);
    if (!expected.soundInput) expectNothingAsked(bff.sinch);
    return;
  }
  const { body, reply, tenantId } = attempt;
  const { method } = contract.operation(name);
  const [arrived, ...resent] = bff.sinch.all.requests;
  expect(arrived?.method).toBe(method);
  // A write is never sent again.
  expect(resent.length).toBeLessThanOrEqual(method === 'GET' && permitsRetry(reply) ? 2 : 0);
  for (const request of resent) expect(contentOf(request)).toEqual(contentOf(arrived));
  expect(resent.map(({ connection }) => connection)).not.toContain(arrived?.connection);
  expect(arrived?.url).toContain('/v1/projects/');
  expect(tenantId).toMatch(/^[a-z]+$/);
  if (expected.acceptedBody === true) {
    expect(JSON.parse(arrived?.body ?? '')).toEqual((body as { readonly value: unknown }).value);
  } else {
    expect(arrived?.body).toBe('');
  }
  const query = new URL(arrived?.url ?? '', 'http://upstream').searchParams;
  // An empty page token is treated like an absent one.
  const sent = attempt.query.filter(([parameter, value]) => parameter !== 'pageToken' || value !== '');
  expect(Object.fromEntries(query)).toEqual(Object.fromEntries(sent));
  if (reply.kind === 'fault') return;
  const { status, body: upstreamBody } = reply.reply as CompleteReply;
  expect(answer.status).toBe(status);
  if (reply.kind === 'error') expect(answer.json).toMatchObject(upstreamBody as object);
  else if (upstreamBody !== undefined) expect(answer.json).toEqual(upstreamBody);
}

describe(`a generated request (${RUNS} per operation, seed ${SEED})`, () => {
  it.each(names)('receives a documented response: %s', async (name) => {
    const seen = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(attemptsAt(name, contract), async (attempt) => {
        const answer = await send(name, attempt);
        const pair = pairOf(answer);
        seen.set(pair, (seen.get(pair) ?? 0) + 1);
        expectConformance(name, attempt, answer);
      }),
      { seed: SEED, numRuns: RUNS, interruptAfterTimeLimit: 25_000 },
    );
    // The generated requests must include both successful and rejected ones.
    const successes = seen.get(`${contract.successStatus(name)} success`) ?? 0;
    expect(successes).toBeGreaterThan(RUNS / 40);
    expect(RUNS - successes).toBeGreaterThan(RUNS / 40);
  });
});

describe(`a generated path parameter that the document permits (seed ${SEED})`, () => {
  it.each(names.filter((name) => ROUTES[name].path.includes(':')))(
    'receives a documented response of its operation: %s',
    async (name) => {
      const [parameter] = contract.operation(name).documented.parameters;
      const { name: parameterName = '', schema = {} } = parameter ?? {};
      const values = valuesOf({ minLength: 1, ...schema }, contract) as fc.Arbitrary<string>;
      const browser = await browserOf('editor', name);
      await fc.assert(
        fc.asyncProperty(values, async (value) => {
          bff.sinch.reset();
          const target = contract.target(name, { [parameterName]: encodeURIComponent(value) });
          const answer = await browser.request(contract.operation(name).method, target, {
            body: contract.exampleBody(name) ?? {},
          });
          contract.expectDocumented(name, answer);
          expect([404, 200, 201, 204]).toContain(answer.status);
          expect(bff.sinch.all.requests).toEqual([]);
        }),
        { seed: SEED, numRuns: RUNS },
      );
    },
  );
});
