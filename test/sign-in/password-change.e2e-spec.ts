import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser } from '../support/browser.js';
import { codeAt, elevatedAdmin, REASON } from '../support/elevating.js';
import { expectProblem } from '../support/forwarding.js';
import { the } from '../support/the.js';
import {
  change,
  expectAlive,
  expectChanged,
  expectDead,
  expectWrong,
  NEW,
  PasswordFixture,
  type Person,
} from './password-fixture.js';

let fixture: PasswordFixture;
beforeAll(async () => {
  fixture = await PasswordFixture.start(60);
});
afterAll(() => fixture.close());
afterEach(() => fixture.endTest());

async function withSecondFactor(): Promise<Person> {
  const person = { ...fixture.nextPerson(), role: 'admin', totpSecret: the.admin.totpSecret };
  await fixture.bff.apply({ users: [person] });
  return person;
}

describe('a changed password', () => {
  it('signs in, and the current session and its cookie remain', async () => {
    const person = fixture.nextPerson();
    const browser = await fixture.bff.signedIn(person);
    const before = [...browser.cookies];
    expectChanged(await change(browser, { current: person.password, new: NEW }));
    expect([...browser.cookies]).toEqual(before);
    await expectAlive(browser);
    await fixture.expectPassword(person, NEW, person.password);
  });

  it('ends the user’s other sessions on every frontend, and those of no other user (ASVS 7.4.3)', async () => {
    const person = fixture.nextPerson();
    const browser = await fixture.bff.signedIn(person, 'partners');
    const others = [
      ...[await fixture.bff.signedIn(person), await fixture.bff.signedIn(person, 'partners')],
      ...[await fixture.bff.signedIn(person, 'admin'), await fixture.bff.signedIn(person, 'narrow')],
    ];
    const ofOthers = [
      await fixture.bff.signedIn(fixture.nextPerson()),
      await fixture.bff.signedIn(the.admin, 'admin'),
    ];
    expectChanged(await change(browser, { current: person.password, new: NEW }));
    await expectDead(...others);
    await expectAlive(browser, ...ofOthers);
    const { sessions } = (await browser.get('/sessions')).json as { sessions: object[] };
    expect(sessions).toMatchObject([{ current: true }]);
  });

  it('can be changed again at once, but not with the old one', async () => {
    const person = fixture.nextPerson();
    const browser = await fixture.bff.signedIn(person);
    expectChanged(await change(browser, { current: person.password, new: NEW }));
    expectWrong(await change(browser, { current: person.password, new: `${NEW}-2` }));
    expectChanged(await change(browser, { current: NEW, new: `${NEW}-2` }));
    await expectAlive(browser);
    await fixture.expectPassword(person, `${NEW}-2`, NEW);
  });

  it.each<[what: string, password: string]>([
    ['12 characters', 'k7#Lq9!vTz2m'],
    ['12 characters of two UTF-16 units each', '🦊🐙🦉🐝🐳🦀🐧🦎🐞🦔🐢🦩'],
    ['words between spaces', '  ebb quartz lantern  '],
    ['64 characters', 'Vq8-'.concat('nine orchards by the harbour ').repeat(2).slice(0, 64)],
  ])('may have %s, and every character is significant', async (_, password) => {
    const person = fixture.nextPerson();
    const browser = await fixture.bff.signedIn(person);
    expectChanged(await change(browser, { current: person.password, new: password }));
    const shorter = [...password].slice(0, -1).join('');
    await fixture.expectPassword(person, password, shorter);
  });

  it('ends the sessions that the old one opens at the same time', async () => {
    for (let round = 0; round < 5; round += 1) {
      const person = fixture.nextPerson();
      const browser = await fixture.bff.signedIn(person);
      const late = Array.from({ length: 9 }, () => fixture.bff.browser());
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

  it('is set once in simultaneous requests of two sessions; the other request has a wrong current password', async () => {
    const person = fixture.nextPerson();
    const browsers = [await fixture.bff.signedIn(person), await fixture.bff.signedIn(person)];
    const answers = await Promise.all(
      browsers.map((browser, index) => change(browser, { current: person.password, new: `${NEW}-${index}` })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 401]);
    const winner = answers.findIndex(({ status }) => status === 204);
    await expectAlive(browsers[winner] as Browser);
    await expectDead(browsers[1 - winner] as Browser);
    await fixture.expectPassword(person, `${NEW}-${winner}`, `${NEW}-${1 - winner}`);
  });

  it('of an admin ends the elevation of another session (ELV-05)', async () => {
    const elevated = await elevatedAdmin(fixture.bff, { tenantId: 'summit' });
    const browser = await fixture.bff.signedIn(the.admin);
    expectChanged(await change(browser, { current: the.admin.password, new: NEW }));
    expectProblem(await elevated.get('/v1/tenants/summit/whatsapp'), 401, 'bff_session_required');
    expectChanged(await change(browser, { current: NEW, new: the.admin.password }));
  });
});

describe('the current session continues', () => {
  it('when it is elevated while the password changes', async () => {
    for (let round = 0; round < 5; round += 1) {
      const person = await withSecondFactor();
      const browser = await fixture.bff.signedIn(person, 'admin');
      const [changed, elevated] = await Promise.all([
        change(browser, { current: person.password, new: NEW }),
        browser.post('/session/elevation', { code: codeAt(fixture.bff.now()), reason: REASON }),
      ]);
      expect([changed.status, elevated.status]).toEqual([204, 200]);
      expect((await browser.get('/session')).status).toBe(200);
    }
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
    const person = fixture.nextPerson();
    const [browser, other] = [
      await fixture.bff.signedIn(person),
      await fixture.bff.signedIn(person, 'partners'),
    ];
    const right = { current: person.password, new: NEW };
    for (let time = 0; time < 11; time += 1) {
      expectProblem(await change(browser, { ...right, ...wrong }), 400, 'bff_invalid_input');
    }
    await expectAlive(browser, other);
    expectChanged(await change(browser, right));
  });
});
