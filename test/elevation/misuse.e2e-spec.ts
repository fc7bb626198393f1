import { type AuditRecord } from '@bff/audit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { administer, deputy, entriesOf, userOf } from '../support/administering.js';
import { type Answer, type Browser } from '../support/browser.js';
import { codeAt, REASON } from '../support/elevating.js';
import { eventually } from '../support/eventually.js';
import { expectLocked, expectProblem, perform } from '../support/forwarding.js';
import { expectNothingAsked } from '../support/raw-answer.js';
import { type Bff, type FrontendName, frontends, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

const MINUTE = 60_000;
const ELEVATION = '/session/elevation';
const plain = { ...deputy, email: 'plain@bff.example', name: 'Pla In', totpSecret: undefined };

let bff: Bff;
beforeAll(async () => {
  // Every connection comes from 127.0.0.1, a proxy where X-Forwarded-For is sent; `narrow` is an admin
  // frontend here.
  bff = await startBff({
    environment: {
      BFF_TRUSTED_PROXIES: '127.0.0.0/8',
      BFF_FRONTENDS: JSON.stringify([
        ...[frontends.console, frontends.partners, frontends.admin],
        { ...frontends.narrow, class: 'admin' },
      ]),
    },
    directory: { ...the.directory, users: [...the.directory.users, deputy, plain] },
  });
});
afterAll(() => bff.close());
afterEach(() => {
  expectNothingAsked(bff.sinch);
  bff.turnClock(16 * MINUTE);
});

const admin = (frontend: FrontendName = 'admin'): Promise<Browser> => bff.signedIn(the.admin, frontend);

/** A code that is neither used nor one step away from a used one. */
function freshCode(): string {
  bff.turnClock(2 * MINUTE);
  return codeAt(bff.now());
}

function wrongCode(): string {
  const good = [-1, 0, 1].map((steps) => codeAt(bff.now(), steps));
  return ['314159', '271828', '161803', '141421'].find((code) => !good.includes(code)) ?? '';
}

function elevate(browser: Browser, body: object, address?: string): Promise<Answer> {
  const headers = { 'x-forwarded-for': address };
  return browser.post(ELEVATION, { reason: REASON, ...body }, headers);
}

function expectRefused(answer: Answer): void {
  expectProblem(answer, 403, 'bff_elevation_refused');
  expect(answer.headers['set-cookie']).toBeUndefined();
}

async function failTimes(times: number, browser: Browser, address?: string): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    expectRefused(await elevate(browser, { code: wrongCode() }, address));
  }
}

describe('a one-time code (ELV-07)', () => {
  it.each<[where: string, elsewhere: (first: Browser) => Promise<Browser>]>([
    ['in the same session', (first) => Promise.resolve(first)],
    ['in another session of the same admin', () => admin()],
    ['on another admin frontend', () => admin('narrow')],
  ])('is not accepted a second time %s, for a tenant or for administration', async (_, elsewhere) => {
    const first = await admin();
    const second = await elsewhere(first);
    const code = freshCode();
    expect((await elevate(first, { code })).status).toBe(200);
    expectRefused(await elevate(second, { code }));
    expectRefused(await elevate(second, { code, tenantId: 'acme' }));
  });

  it.each<[where: string, sessions: number]>([
    ['one session', 1],
    ['six sessions', 6],
  ])('is accepted once in six simultaneous requests of %s', async (_, sessions) => {
    const browsers = await Promise.all(Array.from({ length: sessions }, () => admin()));
    const code = freshCode();
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_each, index) => elevate(browsers[index % sessions] as Browser, { code })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 403, 403, 403, 403, 403]);
    for (const answer of answers) if (answer.status !== 200) expectRefused(answer);
  });

  it.each([-1, 0, 1])('is accepted once, %i steps from now', async (steps) => {
    const browser = await admin();
    freshCode();
    const code = codeAt(bff.now(), steps);
    expect((await elevate(browser, { code })).status).toBe(200);
    expectRefused(await elevate(browser, { code }));
  });

  it.each([-2, 2, -120, 120])('is rejected %i steps from now', async (steps) => {
    freshCode();
    expectRefused(await elevate(await admin(), { code: codeAt(bff.now(), steps) }));
  });

  it('is rejected for another admin than its owner', async () => {
    freshCode();
    expectRefused(await elevate(await admin(), { code: codeAt(bff.now(), 0, deputy.totpSecret) }));
  });

  it('is rejected for an admin without a second factor', async () => {
    expectRefused(await elevate(await bff.signedIn(plain, 'admin'), { code: freshCode() }));
  });

  it.each<[what: string, frontend: FrontendName, tenantId: string]>([
    ['that does not exist', 'admin', 'nowhere'],
    ['with an invalid id', 'admin', '../acme'],
    ['that the frontend does not reach', 'narrow', 'summit'],
  ])('is not used by a request for a tenant %s', async (_, frontend, tenantId) => {
    const browser = await admin(frontend);
    const code = freshCode();
    expectProblem(await elevate(browser, { code, tenantId }), 404, 'bff_tenant_not_found');
    expect((await elevate(browser, { code, tenantId: 'acme' })).status).toBe(200);
  });
});

describe('an elevation request (VAL-01)', () => {
  it.each<[what: string, change: object]>([
    ...['12345', '1234567', 'abcdef', '12345a', '1234 6', ' 123456', '123456\n', '-12345', '1e5123', ''].map(
      (code): [string, object] => [`the code ${JSON.stringify(code)}`, { code }],
    ),
    ['a code in other digits', { code: '١٢٣٤٥٦' }],
    ['a number as code', { code: 123_456 }],
    ['no code', { code: undefined }],
    ['a reason of 9 characters', { reason: 'r'.repeat(9) }],
    ['a reason of 9 characters that take two units each', { reason: '👋'.repeat(9) }],
    ['a reason of 501 characters', { reason: 'r'.repeat(501) }],
    ...['\n', '\t', '\u0000', '\u001b', '\u007f', '\u0085'].map((control): [string, object] => [
      `a reason with the control character ${control.charCodeAt(0)}`,
      { reason: `Ticket 4711${control}: stuck` },
    ]),
    ['no reason', { reason: undefined }],
    ['a list as reason', { reason: [REASON] }],
    ['an unknown member', { ticket: '4711' }],
    ['returnTo in a session that began with a password', { returnTo: '/' }],
    ['a tenant that is not a string', { tenantId: 4711 }],
  ])('with %s is rejected with 400, is not counted and uses no code', async (_, change) => {
    const browser = await admin();
    const code = freshCode();
    for (let time = 0; time < 11; time += 1) {
      expectProblem(await elevate(browser, { code, ...change }), 400, 'bff_invalid_input');
    }
    expect((await elevate(browser, { code })).status).toBe(200);
  });

  it.each<[characters: number, reason: string]>([
    [10, 'r'.repeat(10)],
    [500, 'r'.repeat(500)],
    [500, '👋'.repeat(500)],
  ])('with a reason of %i characters is accepted', async (_, reason) => {
    const answer = await elevate(await admin(), { code: freshCode(), reason });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ elevation: { tenantId: null, reason } });
  });
});

describe('wrong codes (ELV-07, AUT-12)', () => {
  it('are checked ten times over all sessions of a user, until the oldest is 15 minutes old', async () => {
    const [first, second, third] = [await admin(), await admin(), await admin('narrow')];
    await failTimes(1, first);
    bff.turnClock(MINUTE);
    await failTimes(4, second);
    await failTimes(5, third);
    for (const browser of [first, second]) {
      expectLocked(await elevate(browser, { code: wrongCode() }), 840);
      expectLocked(await elevate(browser, { code: codeAt(bff.now()) }), 840);
    }
    bff.turnClock(14 * MINUTE - 1);
    expectLocked(await elevate(first, { code: codeAt(bff.now()) }), 1);
    bff.turnClock(1);
    expect((await elevate(first, { code: codeAt(bff.now()) })).status).toBe(200);
    await failTimes(1, second);
    expectProblem(await elevate(second, { code: wrongCode() }), 401, 'bff_session_required');
    expectLocked(await elevate(await admin(), { code: wrongCode() }), 60);
  });

  it('of one admin do not limit another admin at the same address', async () => {
    const address = '198.18.0.1';
    await failTimes(10, await admin(), address);
    freshCode();
    const code = codeAt(bff.now(), 0, deputy.totpSecret);
    expect((await elevate(await bff.signedIn(deputy, 'admin'), { code }, address)).status).toBe(200);
  });

  it('are counted separately from successful elevations', async () => {
    const browser = await admin();
    await failTimes(9, browser);
    for (let time = 0; time < 3; time += 1) {
      expect((await elevate(browser, { code: freshCode() })).status).toBe(200);
    }
    await failTimes(1, browser);
    expectLocked(await elevate(await admin(), { code: freshCode() }), 420);
  });

  it('in simultaneous requests do not exceed the limit', async () => {
    const browser = await admin();
    const code = wrongCode();
    const answers = await Promise.all(Array.from({ length: 30 }, () => elevate(browser, { code })));
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(10);
    // The tenth failure ends the session, before or after the other requests are checked for a session.
    expect(answers.filter(({ status }) => [401, 429].includes(status))).toHaveLength(20);
  });
});

describe('an elevation (ELV-01, ELV-03)', () => {
  const acme = { tenantId: 'acme', userId: 'nobody' };
  it.each<
    [
      what: string,
      elsewhere: string,
      tenantId: string | undefined,
      ask: (browser: Browser) => Promise<Answer>,
      needed: string | null,
    ]
  >([
    ['acme', 'reading summit', 'acme', (browser) => perform(browser, 'account.get', 'summit'), 'summit'],
    [
      'acme',
      'writing orchard',
      'acme',
      (browser) => perform(browser, 'comments.create', 'orchard'),
      'orchard',
    ],
    ['summit', 'reading acme', 'summit', (browser) => perform(browser, 'account.get', 'acme'), 'acme'],
    ['acme', 'administration', 'acme', (browser) => administer(browser, 'admin.tenants.update', acme), null],
    [
      'administration',
      'reading summit',
      undefined,
      (browser) => perform(browser, 'account.get', 'summit'),
      'summit',
    ],
    [
      'administration',
      'writing acme',
      undefined,
      (browser) => perform(browser, 'account.delete', 'acme'),
      'acme',
    ],
  ])('for %s does not permit %s', async (_, _elsewhere, tenantId, ask, needed) => {
    const browser = await admin();
    expect((await elevate(browser, { code: freshCode(), tenantId })).status).toBe(200);
    const problem = expectProblem(await ask(browser), 403, 'bff_elevation_required');
    const acr = expect.stringMatching(/./) as unknown;
    expect(problem.additionalInformation).toEqual({ acr, maxAgeSeconds: 900, tenantId: needed });
  });

  it.each<FrontendName>(['admin', 'narrow'])(
    'does not apply to another session of the admin, on %s',
    async (at) => {
      const [browser, other] = [await admin(), await admin(at)];
      for (const tenantId of ['acme', undefined]) {
        expect((await elevate(browser, { code: freshCode(), tenantId })).status).toBe(200);
        expect((await other.get('/session')).json).toMatchObject({ elevation: null });
        expectProblem(await perform(other, 'account.get', 'acme'), 403, 'bff_elevation_required');
        const write = administer(other, 'admin.tenants.update', acme);
        expectProblem(await write, 403, 'bff_elevation_required');
      }
    },
  );

  it('does not apply to a tenant that is created again under the id of a removed one (ELV-03)', async () => {
    const first = { ...the.summit, id: 'reused', projectId: 'p-first' };
    await bff.apply({ tenants: [first] });
    const browser = await admin();
    expect((await elevate(browser, { code: freshCode(), tenantId: 'reused' })).status).toBe(200);
    await bff.operate('tenants.remove', { id: 'reused' });
    expectProblem(await browser.get('/v1/tenants/reused/whatsapp'), 404, 'bff_tenant_not_found');
    expect((await browser.get('/session')).json).toMatchObject({ elevation: null });
    await bff.apply({ tenants: [{ ...first, projectId: 'p-second' }] });
    expectProblem(await browser.get('/v1/tenants/reused/whatsapp'), 403, 'bff_elevation_required');
    expect((await browser.get('/session')).json).toMatchObject({ elevation: null });
    await bff.operate('tenants.remove', { id: 'reused' });
  });

  it('does not apply on another admin frontend, where the cookie does not authenticate', async () => {
    const [browser, other] = [await admin(), bff.browser('narrow')];
    expect((await elevate(browser, { code: freshCode(), tenantId: 'acme' })).status).toBe(200);
    other.setCookie('__Host-bff-session', browser.cookies.get('__Host-bff-session') ?? '');
    expectProblem(await perform(other, 'account.get', 'acme'), 401, 'bff_session_required');
  });

  it.each<[who: 'admin' | 'editor' | 'partner', frontend: FrontendName]>([
    ['admin', 'console'],
    ['admin', 'partners'],
    ['editor', 'console'],
    ['editor', 'admin'],
    ['partner', 'partners'],
    ['partner', 'narrow'],
  ])(
    'cannot be begun or ended by the %s on %s, and the attempt uses no code (ELV-09)',
    async (who, frontend) => {
      const browser = await bff.signedIn(the[who], frontend);
      const code = freshCode();
      for (const body of [{ code }, { code, tenantId: 'acme' }, { code, tenantId: 'nowhere' }]) {
        expectProblem(await elevate(browser, body), 403, 'bff_role_required');
      }
      expectProblem(await browser.delete(ELEVATION), 403, 'bff_role_required');
      expect((await browser.get('/session')).json).toMatchObject({ elevation: null });
      expect((await elevate(await admin(), { code })).status).toBe(200);
    },
  );
});

describe('the audit log', () => {
  const auditLog = async (answer: Answer): Promise<readonly AuditRecord[]> => {
    const reader = await admin();
    // A rejection is audited after its response is finished, possibly after the browser has received it.
    return eventually(
      async () => {
        const events = await entriesOf<AuditRecord>(reader, '/v1/admin/audit');
        expect(JSON.stringify(events)).not.toMatch(/canary|JBSWY3DP|KRSXG5CT/);
        const found = events.filter(({ requestId }) => requestId === answer.headers['x-request-id']);
        expect(found).not.toEqual([]);
        return found;
      },
      { withinMs: 5_000 },
    );
  };
  const actor = async (who: { readonly email: string }): Promise<object> => ({
    kind: 'user',
    id: (await userOf(await admin(), who.email)).id,
  });

  it.each<[what: string, tenantId: string | null]>([
    ['a tenant', 'acme'],
    ['administration', null],
  ])('names the admin and the reason of an elevation for %s (ELV-04, ELV-10)', async (_, tenantId) => {
    const code = freshCode();
    const answer = await elevate(await admin(), { code, ...(tenantId !== null && { tenantId }) });
    const events = await auditLog(answer);
    expect(events).toMatchObject([
      {
        ...{ event: 'elevation.begun', outcome: 'success', actor: await actor(the.admin) },
        ...{ tenantId, reason: REASON, elevationId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
      },
    ]);
    expect(JSON.stringify(events)).not.toContain(code);
  });

  it.each<[code: string, who: 'admin' | 'editor', ask: (browser: Browser, code: string) => Promise<Answer>]>([
    ['bff_elevation_refused', 'admin', (browser) => elevate(browser, { code: wrongCode() })],
    [
      'bff_too_many_attempts',
      'admin',
      async (browser, code) => {
        await failTimes(10, await admin());
        return elevate(browser, { code });
      },
    ],
    ['bff_tenant_not_found', 'admin', (browser, code) => elevate(browser, { code, tenantId: 'nowhere' })],
    ['bff_elevation_required', 'admin', (browser) => perform(browser, 'account.get', 'summit')],
    ['bff_role_required', 'editor', (browser, code) => elevate(browser, { code })],
    ['bff_role_required', 'editor', (browser) => browser.delete(ELEVATION)],
  ])('contains the rejection %s of the %s', async (errorCode, who, ask) => {
    const browser = await bff.signedIn(the[who], 'admin');
    const code = freshCode();
    const answer = await ask(browser, code);
    expect(answer.json).toMatchObject({ errorCode });
    const events = await auditLog(answer);
    expect(events).toMatchObject([
      {
        ...{ event: 'access.denied', outcome: 'refused', actor: await actor(the[who]) },
        details: { errorCode },
      },
    ]);
    expect(JSON.stringify(events)).not.toMatch(
      new RegExp(`(?<![0-9a-f])(${code}|314159|271828)(?![0-9a-f])`),
    );
  });
});
