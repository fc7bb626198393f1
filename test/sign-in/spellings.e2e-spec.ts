import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { administrating, userOf } from '../support/administering.js';
import { type Answer } from '../support/browser.js';
import { expectLocked, expectProblem } from '../support/forwarding.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { lastingDatabase, type TestDatabase } from '../support/test-database.js';
import { the } from '../support/the.js';

const MINUTE = 60_000;
const UNICODE = 'user@bücher.example';
const PUNYCODE = 'user@xn--bcher-kva.example';
const COMPOSED = 'Äpfel-für-Zürich-canary';
const DECOMPOSED = COMPOSED.normalize('NFD');

let database: TestDatabase;
let bff: Bff;
const start = async (): Promise<void> => {
  bff = await startBff({ environment: { DATABASE_URL: database.url } });
};
beforeAll(async () => {
  database = await lastingDatabase();
  await start();
});
afterAll(async () => {
  await bff.close();
  await database.drop();
});
afterEach(() => bff.turnClock(16 * MINUTE));

const person = (email: string, password: string): object => ({ email, name: 'Us Er', password });

function signIn(email: string, password: string): Promise<Answer> {
  return bff.browser().post('/session', { email, password });
}

const usersAtBooks = (): Promise<readonly unknown[]> =>
  bff.query(`select id, email_key from users where email like '%cher%' order by created_at`);

describe('the Unicode and the ASCII form of a domain', () => {
  it('are one account, for sign-in, directory file, administration and attempt limits', async () => {
    await bff.apply({ users: [person(UNICODE, COMPOSED)] });
    for (const email of [UNICODE, PUNYCODE, 'User@BÜCHER.example']) {
      expect((await signIn(email, COMPOSED)).status).toBe(201);
    }
    await bff.apply({ users: [{ email: PUNYCODE, name: 'Renamed' }] });
    expect(await usersAtBooks()).toHaveLength(1);
    const admin = await administrating(bff);
    const again = { email: UNICODE, name: 'Again', password: 'another canary password' };
    expectProblem(await admin.post('/v1/admin/users', again), 409, 'bff_conflict');
    for (let time = 0; time < 5; time += 1) {
      for (const email of [UNICODE, PUNYCODE]) expect((await signIn(email, 'wrong')).status).toBe(401);
    }
    expectLocked(await signIn(PUNYCODE, COMPOSED), 900);
  });

  it('are found after an upgrade from a version that stored the domain as typed', async () => {
    await bff.sql(`update users set email_key = '${UNICODE}' where email_key = '${PUNYCODE}'`);
    await bff.close();
    await start();
    expect((await signIn(PUNYCODE, COMPOSED)).status).toBe(201);
    expect((await signIn(UNICODE, COMPOSED)).status).toBe(201);
    expect(await usersAtBooks()).toMatchObject([{ email_key: PUNYCODE }]);
  });

  it('do not prevent the start if both exist already, and both users remain', async () => {
    await bff.sql(
      `insert into users (email, email_key, name, role) values ('${UNICODE}', '${UNICODE}', 'Second', 'user')`,
    );
    await bff.close();
    await start();
    expect(await usersAtBooks()).toMatchObject([{ email_key: PUNYCODE }, { email_key: UNICODE }]);
    expect((await signIn(UNICODE, COMPOSED)).status).toBe(201);
  });
});

describe('the composed and the decomposed form of a password', () => {
  it('are the same at sign-in, whichever was set in the directory file', async () => {
    const [one, other] = ['one@acme.example', 'other@acme.example'];
    await bff.apply({ users: [person(one, COMPOSED), person(other, DECOMPOSED)] });
    for (const email of [one, other]) {
      for (const password of [COMPOSED, DECOMPOSED]) {
        expect((await signIn(email, password)).status).toBe(201);
      }
      expect((await signIn(email, COMPOSED.replace('Ä', 'A'))).status).toBe(401);
    }
    const browser = await bff.signedIn({ email: one, password: COMPOSED });
    await bff.apply({ users: [person(one, DECOMPOSED)] });
    // A changed password would have ended the session.
    expect((await browser.get('/session')).status).toBe(200);
  });

  it('are the same as the current password of a password change and as the new one', async () => {
    const email = 'change@acme.example';
    await bff.apply({ users: [person(email, COMPOSED)] });
    const browser = await bff.signedIn({ email, password: COMPOSED });
    const next = 'Größe-und-Güte-canary';
    const body = { current: DECOMPOSED, new: next.normalize('NFD') };
    expect((await browser.put('/session/password', body)).status).toBe(204);
    expect((await signIn(email, next)).status).toBe(201);
  });

  it('are the same when an admin sets the password', async () => {
    const admin = await administrating(bff);
    const { id } = await userOf(admin, the.viewer.email);
    const answer = await admin.patch(`/v1/admin/users/${id}`, { password: DECOMPOSED });
    expect(answer.status).toBe(200);
    expect((await signIn(the.viewer.email, COMPOSED)).status).toBe(201);
  });

  it('have the same length: the characters of the composed form', async () => {
    const browser = await bff.signedIn(the.editor);
    const eleven = 'äöüéèêâîôûç';
    const current = the.editor.password;
    for (const spelling of [eleven, eleven.normalize('NFD')]) {
      const answer = await browser.put('/session/password', { current, new: spelling });
      expectProblem(answer, 400, 'bff_invalid_input');
    }
    const longest = 'q\u0323ä'.repeat(341) + 'x';
    expect(longest.normalize('NFC')).toHaveLength(1_024);
    const body = { current, new: longest.normalize('NFD') };
    expect((await browser.put('/session/password', body)).status).toBe(204);
    expect((await signIn(the.editor.email, longest.normalize('NFD'))).status).toBe(201);
    const longer = { current: longest, new: `${longest}y`.normalize('NFD') };
    expectProblem(await browser.put('/session/password', longer), 400, 'bff_invalid_input');
  });
});
