import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { amount, isolationCalls } from '../support/amount.js';
import { type Browser } from '../support/browser.js';
import { expectNoSecrets, perform } from '../support/forwarding.js';
import { type RecordedRequest } from '../support/recording-upstream.js';
import { type Reply } from '../support/reply.js';
import { type Bff, startBff } from '../support/start-bff.js';

const CALLS = isolationCalls ?? amount(1_500, 30_000);
const TIMEOUT_MS = 60_000 + CALLS * 10;
const CONCURRENCY = 40;
/** Number of calls between two rotations; the clock of the service advances by a second at each. */
const ROTATE_EVERY = 50;
const SECOND = 1_000;

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);
const randomBelow = (count: number): number => Math.floor(Math.random() * count);

/** All use one server, so that a wrong credential would reach it. */
const tenants = numbers(50).map((number) => ({
  ...{ id: `tenant-${number}`, name: `Tenant ${number}`, projectId: `project-${number}` },
  ...{ environment: 'production', plane: 'public' },
}));
const users = numbers(5).map((user) => ({
  ...{ email: `user-${user}@acme.example`, name: `User ${user}`, password: `user-${user}-canary-password` },
  memberships: tenants
    .filter((_, number) => number % 5 === user)
    .map(({ id }) => ({ tenant: id, role: 'editor' })),
}));

let rotations = 0;
/** The key id contains the number of its tenant, and a token contains its key id. */
function withNewCredentials(number: number): object {
  rotations += 1;
  const scheme = randomBelow(5) === 0 ? 'basic' : 'oauth2';
  const credentials = { scheme, keyId: `${number}-key-${rotations}`, keySecret: 'canary' };
  return { ...tenants[number], credentials };
}

let bff: Bff;
let browsers: readonly Browser[];
beforeAll(async () => {
  bff = await startBff({
    directory: { tenants: tenants.map((_, number) => withNewCredentials(number)), users },
  });
  browsers = await Promise.all(users.map((user) => bff.signedIn(user)));
});
afterAll(() => bff.close());
beforeEach(() => bff.sinch.reset());

/** The number of the tenant whose credentials a call has. */
function ownerOf(authorization = ''): number {
  const [scheme, value = ''] = authorization.split(' ');
  const keyId = scheme === 'Basic' ? Buffer.from(value, 'base64').toString() : value;
  return Number(/(?:^|token-)(\d+)-key-/.exec(keyId)?.[1]);
}

const projectOf = ({ url }: RecordedRequest): number =>
  Number(/^\/v1\/projects\/project-(\d+)\//.exec(url)?.[1]);

/** One token in four is delayed, fails or has a short lifetime. */
function issue({ headers }: RecordedRequest): Reply | Promise<Reply> {
  bff.sinch.tokens.production.requests.length = 0;
  const [keyId = ''] = Buffer.from(headers.authorization?.replace('Basic ', '') ?? '', 'base64')
    .toString()
    .split(':');
  const token = { access_token: `token-${keyId}`, token_type: 'bearer' };
  switch (randomBelow(12)) {
    case 0:
      return { status: 500 };
    case 1:
      return { raw: '', then: 'destroy' };
    case 2:
      return later({ body: { ...token, expires_in: 3 } });
    default:
      return { body: { ...token, expires_in: 10 } };
  }
}

function later(reply: Reply): Promise<Reply> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve, reply)));
}

it(
  `${CALLS} concurrent calls of 50 tenants, with rotations and faults, carry no credentials and no response of another tenant (AZT-09, CRD-06)`,
  async () => {
    const mistakes: string[] = [];
    const served = new Map<number, number>();
    let faults = 0;
    bff.sinch.tokens.production.answer(issue);
    bff.sinch.production.answer((request) => {
      bff.sinch.production.requests.length = 0;
      const [project, owner] = [projectOf(request), ownerOf(request.headers.authorization)];
      if (project !== owner) mistakes.push(`the credentials of ${owner} for project ${project}`);
      const echo: Reply = { body: { project } };
      const fault = randomBelow(20);
      if (fault < 4) faults += 1;
      switch (fault) {
        case 0:
          return { status: 401, headers: { 'www-authenticate': 'Bearer error="expired"' } };
        case 1:
          return { status: 500 };
        case 2:
          return { raw: '', then: 'destroy' };
        case 3:
          return later(echo);
        default:
          return echo;
      }
    });

    let started = 0;
    async function work(): Promise<void> {
      while (started < CALLS) {
        started += 1;
        if (started % ROTATE_EVERY === 0) {
          bff.turnClock(SECOND);
          await bff.apply({ tenants: [withNewCredentials(randomBelow(tenants.length))] });
        }
        const number = randomBelow(tenants.length);
        const title = randomBelow(2) === 0 ? 'account.get' : 'comments.create';
        const answer = await perform(browsers[number % 5] as Browser, title, `tenant-${number}`);
        expectNoSecrets(answer);
        if (answer.status !== 200) {
          if (answer.status < 500) mistakes.push(`${number} was answered with ${answer.status}`);
          continue;
        }
        served.set(number, (served.get(number) ?? 0) + 1);
        const { project } = answer.json as { readonly project: number };
        if (project !== number) mistakes.push(`the response of ${project} for ${number}`);
      }
    }
    await Promise.all(numbers(CONCURRENCY).map(work));

    expect(mistakes).toEqual([]);
    expect(served.size).toBe(tenants.length);
    expect([...served.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThan(CALLS * 0.6);
    expect(faults).toBeGreaterThan(CALLS * 0.1);
    expect(rotations).toBeGreaterThanOrEqual(tenants.length + Math.floor(CALLS / ROTATE_EVERY));
  },
  TIMEOUT_MS,
);

it('two tenants with the same key id and secret have separate tokens (AZT-08)', async () => {
  const credentials = { scheme: 'oauth2', keyId: 'shared', keySecret: 'canary' };
  await bff.apply({ tenants: [0, 1].map((number) => ({ ...tenants[number], credentials })) });
  for (const number of [0, 1]) {
    expect((await perform(browsers[number] as Browser, 'account.get', `tenant-${number}`)).status).toBe(200);
  }
  expect(bff.sinch.tokens.production.requests).toHaveLength(2);
  expect(new Set(bff.sinch.production.requests.map(({ headers }) => headers.authorization)).size).toBe(2);
});
