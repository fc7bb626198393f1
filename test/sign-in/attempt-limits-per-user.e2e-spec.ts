import { type AuditRecord } from '@bff/audit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { entriesOf, userOf } from '../support/administering.js';
import { type Answer, type Browser } from '../support/browser.js';
import { codeAt, REASON } from '../support/elevating.js';
import { expectLocked, expectProblem } from '../support/forwarding.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

const MINUTE = 60_000;

let bff: Bff;
beforeAll(async () => {
  // Every connection comes from 127.0.0.1, a proxy where X-Forwarded-For is sent.
  bff = await startBff({ environment: { BFF_TRUSTED_PROXIES: '127.0.0.0/8' } });
});
afterAll(() => bff.close());
afterEach(() => bff.turnClock(16 * MINUTE));

let addresses = 0;
function newAddress(): string {
  addresses += 1;
  return `198.18.${addresses >> 8}.${addresses & 255}`;
}

function wrongCode(): string {
  const good = [-1, 0, 1].map((steps) => codeAt(bff.now(), steps));
  return ['314159', '271828', '161803', '141421'].find((code) => !good.includes(code)) ?? '';
}

const admin = (): Promise<Browser> => bff.signedIn(the.admin, 'admin');

function elevate(browser: Browser, code: string, address = newAddress()): Promise<Answer> {
  const body = { code, reason: REASON };
  return browser.post('/session/elevation', body, { 'x-forwarded-for': address });
}

function changePassword(browser: Browser, current: string, address = newAddress()): Promise<Answer> {
  const body = { current, new: 'a-new-canary-password' };
  return browser.put('/session/password', body, { 'x-forwarded-for': address });
}

interface Action {
  readonly cause: string;
  readonly refusal: readonly [status: number, errorCode: string];
  readonly fail: (browser: Browser) => Promise<Answer>;
}

const elevation: Action = {
  cause: 'attempt limit of elevation',
  refusal: [403, 'bff_elevation_refused'],
  fail: (browser) => elevate(browser, wrongCode()),
};
const passwordChange: Action = {
  cause: 'attempt limit of password change',
  refusal: [401, 'bff_invalid_credentials'],
  fail: (browser) => changePassword(browser, 'wrong-canary-password'),
};

describe.each<[name: string, action: Action]>([
  ['elevation', elevation],
  ['password change', passwordChange],
])('failures of %s', (_, { cause, refusal, fail }) => {
  async function failTimes(times: number, browser: Browser): Promise<Answer[]> {
    const answers: Answer[] = [];
    for (let time = 0; time < times; time += 1) answers.push(await fail(browser));
    for (const answer of answers) expectProblem(answer, ...refusal);
    return answers;
  }

  it('from ten addresses end the session of the tenth, and no other session (AUT-12)', async () => {
    const [guessing, other] = [await admin(), await admin()];
    await failTimes(9, guessing);
    expect((await guessing.get('/session')).status).toBe(200);
    await failTimes(1, guessing);
    expectProblem(await guessing.get('/session'), 401, 'bff_session_required');
    expect((await other.get('/session')).status).toBe(200);
    expectLocked(await fail(other), 900);
  });

  it('that reach the limit are audited with the reason for which the session ended', async () => {
    const guessing = await admin();
    const answers = await failTimes(10, guessing);
    const auditor = await admin();
    const { id } = await userOf(auditor, the.admin.email);
    const events = await entriesOf<AuditRecord>(auditor, '/v1/admin/audit');
    const last = answers.at(-1)?.headers['x-request-id'];
    const revoked = events.filter(
      ({ event, requestId }) => event === 'sessions.revoked' && requestId === last,
    );
    expect(revoked).toMatchObject([
      { outcome: 'success', actor: { kind: 'service', id }, details: { cause, count: 1 } },
    ]);
  });

  it('by several sessions end only the session that made the last attempt', async () => {
    const sessions = [await admin(), await admin(), await admin()] as const;
    await failTimes(5, sessions[0]);
    await failTimes(4, sessions[1]);
    await failTimes(1, sessions[2]);
    const alive = sessions.map(async (browser) => (await browser.get('/session')).status);
    expect(await Promise.all(alive)).toEqual([200, 200, 401]);
  });

  it('do not end a session when the input was rejected with 400', async () => {
    const browser = await admin();
    for (let time = 0; time < 12; time += 1) {
      const [path, body] =
        refusal[0] === 403 ? ['/session/elevation', { code: '1' }] : ['/session/password', { current: 'x' }];
      const answer = refusal[0] === 403 ? await browser.post(path, body) : await browser.put(path, body);
      expectProblem(answer, 400, 'bff_invalid_input');
    }
    expect((await browser.get('/session')).status).toBe(200);
    await failTimes(1, browser);
  });
});

it('an attacker with 400 addresses gets ten codes checked in 15 minutes, whatever the number of sessions', async () => {
  const attempts: Answer[] = [];
  let browser = await admin();
  for (let address = 0; address < 400; address += 1) {
    const answer = await elevate(browser, wrongCode());
    attempts.push(answer);
    if (answer.status === 403 && (await browser.get('/session')).status === 401) browser = await admin();
  }
  expect(attempts.filter(({ status }) => status === 403)).toHaveLength(10);
  for (const answer of attempts.slice(10)) expectLocked(answer, 900);
});

it('elevation and password change have separate counters', async () => {
  const browser = await admin();
  for (let time = 0; time < 9; time += 1) {
    expect((await elevation.fail(browser)).status).toBe(403);
    expect((await passwordChange.fail(browser)).status).toBe(401);
  }
  expect((await browser.get('/session')).status).toBe(200);
});

it('an elevated session keeps its elevation while another session reaches the limit', async () => {
  const [elevated, guessing] = [await admin(), await admin()];
  const answer = await elevate(elevated, codeAt(bff.now()));
  expect(answer.status).toBe(200);
  for (let time = 0; time < 10; time += 1) await elevate(guessing, wrongCode());
  expectProblem(await guessing.get('/session'), 401, 'bff_session_required');
  expect((await elevated.get('/session')).json).toMatchObject({ elevation: { reason: REASON } });
  expectLocked(await elevate(elevated, wrongCode()), 900);
  expect((await elevated.get('/session')).json).toMatchObject({ elevation: { reason: REASON } });
});

describe('sign-ins from IPv6 addresses', () => {
  const attempt = (address: string): Promise<Answer> => {
    const body = { email: the.viewer.email, password: 'wrong-canary-password' };
    return bff.browser().post('/session', body, { 'x-forwarded-for': address });
  };

  it('are limited together in one /64 and separately in two', async () => {
    for (let host = 1; host <= 10; host += 1) {
      expect((await attempt(`2001:db8:1:1:${host}::${host}`)).status).toBe(401);
    }
    expectLocked(await attempt('2001:0DB8:0001:0001::ffff'), 900);
    expect((await attempt('2001:db8:1:2::1')).status).toBe(401);
  });
});
