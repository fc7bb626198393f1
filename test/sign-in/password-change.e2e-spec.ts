import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AuditRecord } from '@bff/audit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { entriesOf, userOf } from '../support/administering.js';
import { type Answer, Browser } from '../support/browser.js';
import { codeAt, elevatedAdmin, REASON } from '../support/elevating.js';
import { eventually } from '../support/eventually.js';
import { expectLocked, expectNoSecrets, expectProblem } from '../support/forwarding.js';
import { Programs } from '../support/program.js';
import { expectNothingAsked } from '../support/raw-answer.js';
import { type Bff, frontends, startBff } from '../support/start-bff.js';
import { lastingDatabase, TEST_KEYS } from '../support/test-database.js';
import { the } from '../support/the.js';

const MINUTE = 60_000;
const PASSWORD = '/session/password';
const NEW = 'a-new-canary-password';

interface Person {
  readonly email: string;
  readonly name: string;
  readonly password: string;
}
/** Each test changes the password of another user. */
const people: readonly Person[] = Array.from({ length: 60 }, (_, index) => ({
  email: `person-${index}@acme.example`,
  name: `Person ${index}`,
  password: `person-${index}-canary-password`,
}));
const untouched = [...people];
const nextPerson = (): Person => untouched.pop() ?? the.editor;

let bff: Bff;
beforeAll(async () => {
  // Every connection comes from 127.0.0.1, a proxy where X-Forwarded-For is sent.
  bff = await startBff({
    environment: { BFF_TRUSTED_PROXIES: '127.0.0.0/8' },
    directory: { ...the.directory, users: [...the.directory.users, ...people] },
  });
});
afterAll(() => bff.close());
afterEach(() => {
  expectNothingAsked(bff.sinch);
  bff.turnClock(16 * MINUTE);
});

async function withSecondFactor(): Promise<Person> {
  const person = { ...nextPerson(), role: 'admin', totpSecret: the.admin.totpSecret };
  await bff.apply({ users: [person] });
  return person;
}

function change(browser: Browser, body: object, address?: string): Promise<Answer> {
  return browser.put(PASSWORD, body, { 'x-forwarded-for': address });
}

function expectChanged(answer: Answer): void {
  expect({ status: answer.status, text: answer.text }).toEqual({ status: 204, text: '' });
  expect(answer.headers['set-cookie']).toBeUndefined();
  expectNoSecrets(answer);
}

function expectWrong(answer: Answer): void {
  expectProblem(answer, 401, 'bff_invalid_credentials');
  expect(answer.headers['set-cookie']).toBeUndefined();
}

async function failTimes(times: number, browser: Browser, address?: string): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    expectWrong(await change(browser, { current: 'wrong-canary-password', new: NEW }, address));
  }
}

async function expectAlive(...browsers: readonly Browser[]): Promise<void> {
  for (const browser of browsers) expect((await browser.get('/session')).status).toBe(200);
}

async function expectDead(...browsers: readonly Browser[]): Promise<void> {
  for (const browser of browsers) {
    expectProblem(await browser.get('/session'), 401, 'bff_session_required');
  }
}

const signInStatus = async ({ email }: Person, password: string): Promise<number> =>
  (await bff.browser().post('/session', { email, password })).status;

async function expectPassword(person: Person, right: string, wrong: string): Promise<void> {
  expect(await signInStatus(person, right)).toBe(201);
  expect(await signInStatus(person, wrong)).toBe(401);
}

describe('a changed password', () => {
  it('signs in, and the current session and its cookie remain', async () => {
    const person = nextPerson();
    const browser = await bff.signedIn(person);
    const before = [...browser.cookies];
    expectChanged(await change(browser, { current: person.password, new: NEW }));
    expect([...browser.cookies]).toEqual(before);
    await expectAlive(browser);
    await expectPassword(person, NEW, person.password);
  });

  it('ends the user’s other sessions on every frontend, and those of no other user (ASVS 7.4.3)', async () => {
    const person = nextPerson();
    const browser = await bff.signedIn(person, 'partners');
    const others = [
      ...[await bff.signedIn(person), await bff.signedIn(person, 'partners')],
      ...[await bff.signedIn(person, 'admin'), await bff.signedIn(person, 'narrow')],
    ];
    const ofOthers = [await bff.signedIn(nextPerson()), await bff.signedIn(the.admin, 'admin')];
    expectChanged(await change(browser, { current: person.password, new: NEW }));
    await expectDead(...others);
    await expectAlive(browser, ...ofOthers);
    const { sessions } = (await browser.get('/sessions')).json as { sessions: object[] };
    expect(sessions).toMatchObject([{ current: true }]);
  });

  it('can be changed again at once, but not with the old one', async () => {
    const person = nextPerson();
    const browser = await bff.signedIn(person);
    expectChanged(await change(browser, { current: person.password, new: NEW }));
    expectWrong(await change(browser, { current: person.password, new: `${NEW}-2` }));
    expectChanged(await change(browser, { current: NEW, new: `${NEW}-2` }));
    await expectAlive(browser);
    await expectPassword(person, `${NEW}-2`, NEW);
  });

  it.each<[what: string, password: string]>([
    ['12 characters', 'k7#Lq9!vTz2m'],
    ['12 characters of two UTF-16 units each', '🦊🐙🦉🐝🐳🦀🐧🦎🐞🦔🐢🦩'],
    ['words between spaces', '  ebb quartz lantern  '],
    ['64 characters', 'Vq8-'.concat('nine orchards by the harbour ').repeat(2).slice(0, 64)],
  ])('may have %s, and every character counts', async (_, password) => {
    const person = nextPerson();
    const browser = await bff.signedIn(person);
    expectChanged(await change(browser, { current: person.password, new: password }));
    const shorter = [...password].slice(0, -1).join('');
    await expectPassword(person, password, shorter);
  });

  it('ends the sessions that the old one opens at the same time', async () => {
    for (let round = 0; round < 5; round += 1) {
      const person = nextPerson();
      const browser = await bff.signedIn(person);
      const late = Array.from({ length: 9 }, () => bff.browser());
      const { email, password } = person;
      const [changed, ...answers] = await Promise.all([
        change(browser, { current: password, new: NEW }),
        ...late.map((other) => other.post('/session', { email, password })),
      ]);
      expectChanged(changed);
      for (const { status } of answers) expect([201, 401]).toContain(status);
      await expectDead(...late);
      await expectAlive(browser);
    }
  });

  it('is set once in simultaneous requests of two sessions: the current password of the other is then wrong', async () => {
    const person = nextPerson();
    const browsers = [await bff.signedIn(person), await bff.signedIn(person)];
    const answers = await Promise.all(
      browsers.map((browser, index) => change(browser, { current: person.password, new: `${NEW}-${index}` })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 401]);
    const winner = answers.findIndex(({ status }) => status === 204);
    await expectAlive(browsers[winner] as Browser);
    await expectDead(browsers[1 - winner] as Browser);
    await expectPassword(person, `${NEW}-${winner}`, `${NEW}-${1 - winner}`);
  });

  it('of an admin ends the elevation of another session (ELV-05)', async () => {
    const elevated = await elevatedAdmin(bff, { tenantId: 'summit' });
    const browser = await bff.signedIn(the.admin);
    expectChanged(await change(browser, { current: the.admin.password, new: NEW }));
    expectProblem(await elevated.get('/v1/tenants/summit/whatsapp'), 401, 'bff_session_required');
    expectChanged(await change(browser, { current: NEW, new: the.admin.password }));
  });
});

describe('a wrong current password (AUT-12)', () => {
  it('changes nothing, and every session continues', async () => {
    const person = nextPerson();
    const [browser, other] = [await bff.signedIn(person), await bff.signedIn(person, 'partners')];
    await failTimes(1, browser);
    await expectAlive(browser, other);
    await expectPassword(person, person.password, NEW);
  });

  it('is checked ten times over all sessions of a user; then the right one is rejected too, for 15 minutes', async () => {
    const person = nextPerson();
    const [first, second] = [await bff.signedIn(person), await bff.signedIn(person, 'narrow')];
    const right = { current: person.password, new: NEW };
    await failTimes(1, first);
    bff.turnClock(MINUTE);
    await failTimes(9, second);
    expectLocked(await change(first, right), 840);
    await expectAlive(first);
    await expectDead(second);
    expect(await signInStatus(person, person.password)).toBe(201);
    bff.turnClock(14 * MINUTE - 1);
    expectLocked(await change(first, right), 1);
    bff.turnClock(1);
    expectChanged(await change(first, right));
  });

  it('of one user does not limit another user at the same address', async () => {
    const [person, neighbour] = [nextPerson(), nextPerson()];
    const address = '198.18.0.1';
    const [browser, beside] = [await bff.signedIn(person), await bff.signedIn(neighbour)];
    await failTimes(10, browser, address);
    expectChanged(await change(beside, { current: neighbour.password, new: NEW }, address));
  });

  it('is counted separately from successes and from failures of elevation', async () => {
    const browser = await bff.signedIn(the.admin, 'admin');
    const { password } = the.admin;
    await failTimes(9, browser);
    expectChanged(await change(browser, { current: password, new: NEW }));
    expectChanged(await change(browser, { current: NEW, new: password }));
    const other = await bff.signedIn(the.admin, 'admin');
    await failTimes(1, browser);
    expectLocked(await change(other, { current: password, new: NEW }), 900);
    const elevation = { code: codeAt(bff.now()), reason: REASON };
    expect((await other.post('/session/elevation', elevation)).status).toBe(200);
  });

  it('in 20 simultaneous requests is checked ten times', async () => {
    const browser = await bff.signedIn(nextPerson());
    const guess = { current: 'wrong-canary-password', new: NEW };
    const answers = await Promise.all(Array.from({ length: 20 }, () => change(browser, guess)));
    const codes = answers.map(({ json }) => (json as { readonly errorCode: string }).errorCode);
    expect(codes.filter((code) => code === 'bff_invalid_credentials')).toHaveLength(10);
    // The tenth failure ends the session, before or after the other requests are checked for a session.
    const rejected = ['bff_too_many_attempts', 'bff_session_required'];
    expect(codes.filter((code) => rejected.includes(code))).toHaveLength(10);
  });
});

describe('a password change with invalid input (VAL-01)', () => {
  it.each<[what: string, body: object]>([
    ['a new password of 11 characters', { new: 'k7#Lq9!vTz2' }],
    ['a new password of 11 characters of two UTF-16 units each', { new: '🦊🐙🦉🐝🐳🦀🐧🦎🐞🦔🐢' }],
    ...['password1234', '123456123456', 'qwertyqwerty', 'password12345', '111111111111', 'iloveyou1234'].map(
      (common): [string, object] => [`the common ${common}`, { new: common }],
    ),
    ['no new password', { new: undefined }],
    ['no current password', { current: undefined }],
    ['an empty new password', { new: '' }],
    ['a number', { new: 123_456_789_012 }],
    ['null', { new: null }],
    ['a list', { new: [NEW] }],
    ['an unknown member', { confirm: NEW }],
    ['the address of another user', { email: the.admin.email }],
  ])('is rejected with 400, is not counted and changes nothing: %s', async (_, wrong) => {
    const person = nextPerson();
    const [browser, other] = [await bff.signedIn(person), await bff.signedIn(person, 'partners')];
    const right = { current: person.password, new: NEW };
    for (let time = 0; time < 11; time += 1) {
      expectProblem(await change(browser, { ...right, ...wrong }), 400, 'bff_invalid_input');
    }
    await expectAlive(browser, other);
    expectChanged(await change(browser, right));
  });
});

describe('passwords are never disclosed (LOG-10)', () => {
  it('the audit log names the users who changed their password or were locked out, and neither password', async () => {
    const [person, auditor] = [nextPerson(), await bff.signedIn(the.admin, 'admin')];
    const browser = await bff.signedIn(person);
    await failTimes(1, browser);
    const changed = await change(browser, { current: person.password, new: NEW });
    expectChanged(changed);
    const other = bff.browser();
    await other.signIn({ ...person, password: NEW });
    await failTimes(9, browser);
    const locked = await change(other, { current: NEW, new: `${NEW}-2` });
    expectLocked(locked, 900);
    const { id } = await userOf(auditor, person.email);
    const of = (answer: Answer): readonly AuditRecord[] =>
      events.filter(({ requestId }) => requestId === answer.headers['x-request-id']);
    let events: readonly AuditRecord[] = [];
    // The lockout is written in a batch with other events.
    await eventually(
      async () => {
        events = await entriesOf<AuditRecord>(auditor, '/v1/admin/audit');
        expect(of(locked)).toHaveLength(1);
      },
      { withinMs: 5_000 },
    );
    const actor = { kind: 'user', id };
    expect(of(changed)).toMatchObject([
      { event: 'directory.changed', outcome: 'success', actor, tenantId: null },
    ]);
    expect(of(locked)).toMatchObject([
      { event: 'access.denied', outcome: 'refused', actor, details: { errorCode: 'bff_too_many_attempts' } },
    ]);
    expect(JSON.stringify(events)).not.toMatch(/canary|argon2/i);
  });

  it('the log of the built service has a line for each attempt, and neither password', async () => {
    const home = mkdtempSync(join(tmpdir(), 'bff-password-'));
    const database = await lastingDatabase();
    const programs = new Programs();
    const person = nextPerson();
    const environment = {
      BFF_FRONTENDS: JSON.stringify([frontends.console]),
      ...{ BFF_PORT: '0', BFF_MANAGEMENT_PORT: '0', LOG_LEVEL: 'trace' },
      ...{ DATABASE_URL: database.url, BFF_ENCRYPTION_KEYS: TEST_KEYS },
    };
    try {
      writeFileSync(join(home, 'file.yaml'), JSON.stringify({ users: [person] }));
      const service = programs.start('service', { environment });
      const { port } = await service.listening();
      const applied = await programs.run('bff', { args: ['apply', join(home, 'file.yaml')], environment });
      expect(applied.code).toBe(0);
      const { origin } = frontends.console;
      const browser = new Browser({ port, host: new URL(origin).host, origin });
      await browser.signIn(person);
      const bodies = [
        ...[
          { current: 'wrong-canary-password', new: NEW },
          { current: person.password, new: 'canary' },
        ],
        ...[{ current: person.password, new: NEW }],
      ];
      for (const body of bodies) await change(browser, body);
      browser.close();
      await eventually(
        () => {
          const lines = service.requests.filter(({ operation }) => operation === 'session.change-password');
          expect(lines.map(({ status }) => status)).toEqual([401, 400, 204]);
        },
        { withinMs: 3_000 },
      );
      expect(service.stdout + service.stderr).not.toMatch(/canary|argon2/i);
    } finally {
      await programs.killAll();
      await database.drop();
      rmSync(home, { recursive: true, force: true });
    }
  }, 60_000);
});

describe('the current session continues', () => {
  it('when it is elevated while the password changes', async () => {
    for (let round = 0; round < 5; round += 1) {
      const person = await withSecondFactor();
      const browser = await bff.signedIn(person, 'admin');
      const [changed, elevated] = await Promise.all([
        change(browser, { current: person.password, new: NEW }),
        browser.post('/session/elevation', { code: codeAt(bff.now()), reason: REASON }),
      ]);
      expect([changed.status, elevated.status]).toEqual([204, 200]);
      expect((await browser.get('/session')).status).toBe(200);
    }
  });
});
