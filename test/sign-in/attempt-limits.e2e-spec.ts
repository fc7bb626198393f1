import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer } from '../support/browser.js';
import { expectLocked } from '../support/forwarding.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

let bff: Bff;
beforeAll(async () => {
  // Every connection of the tests comes from 127.0.0.1, the proxy; X-Forwarded-For says from whom.
  bff = await startBff({ environment: { BFF_TRUSTED_PROXIES: '127.0.0.0/8' } });
});
afterAll(() => bff.close());
afterEach(() => bff.turnClock(16 * MINUTE));

let addresses = 0;
/** An address that nobody has come from yet. */
function stranger(): string {
  addresses += 1;
  return `198.18.${addresses >> 8}.${addresses & 255}`;
}

function attempt(email: string, password: string, address: string): Promise<Answer> {
  return bff.browser().post('/session', { email, password }, { 'x-forwarded-for': address });
}

async function fail(times: number, email: string, address: () => string): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    expect((await attempt(email, 'wrong', address())).status).toBe(401);
  }
}

describe('failed sign-ins (AUT-12)', () => {
  it.each<[who: string, email: string]>([
    ['an account', the.editor.email],
    ['an account that does not exist', 'nobody@acme.example'],
  ])(
    'of %s from one address are heard ten times within 15 minutes, then the right password is not either',
    async (_, email) => {
      const address = stranger();
      await fail(10, email, () => address);
      expectLocked(await attempt(email, the.editor.password, address), 900);
      bff.turnClock(15 * MINUTE - 1);
      expectLocked(await attempt(email, the.editor.password, address), 1);
      bff.turnClock(1);
      expect((await attempt(email, 'wrong', address)).status).toBe(401);
    },
  );

  it('are counted whatever the case of the address they name', async () => {
    const address = stranger();
    await fail(5, the.editor.email, () => address);
    await fail(5, the.editor.email.toUpperCase(), () => address);
    expectLocked(await attempt(the.editor.email, the.editor.password, address), 900);
  });

  it('from one address are heard fifty times, over all accounts', async () => {
    const address = stranger();
    for (let account = 0; account < 5; account += 1)
      await fail(10, `someone-${account}@acme.example`, () => address);
    expectLocked(await attempt(the.viewer.email, the.viewer.password, address), 900);
    expect((await attempt(the.viewer.email, the.viewer.password, stranger())).status).toBe(201);
  });

  it('of one account by strangers are heard fifty times; an address that the account knows is not locked out', async () => {
    const familiar = stranger();
    expect((await attempt(the.partner.email, the.partner.password, familiar)).status).toBe(201);
    await fail(50, the.partner.email, stranger);
    expectLocked(await attempt(the.partner.email, the.partner.password, stranger()), 900);
    expect((await attempt(the.partner.email, the.partner.password, familiar)).status).toBe(201);
  });

  it('of an address that the account knows do not count as those of strangers', async () => {
    const familiar = stranger();
    expect((await attempt(the.admin.email, the.admin.password, familiar)).status).toBe(201);
    await fail(10, the.admin.email, () => familiar);
    await fail(49, the.admin.email, stranger);
    expect((await attempt(the.admin.email, the.admin.password, stranger())).status).toBe(201);
  });

  it('make an address that signed in more than 30 days ago a stranger again', async () => {
    const once = stranger();
    expect((await attempt(the.partner.email, the.partner.password, once)).status).toBe(201);
    bff.turnClock(30 * DAY);
    await fail(50, the.partner.email, stranger);
    expectLocked(await attempt(the.partner.email, the.partner.password, once), 900);
  });

  it('at once do not slip under the limit together', async () => {
    const address = stranger();
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => attempt('crowd@acme.example', 'wrong', address)),
    );
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(10);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(20);
  });
});

describe('what does not count', () => {
  it('signing in as often as one likes', async () => {
    const address = stranger();
    for (let time = 0; time < 15; time += 1) {
      expect((await attempt(the.editor.email, the.editor.password, address)).status).toBe(201);
    }
  });

  it('signing in at once, as one person or as many behind one address: they wait for each other', async () => {
    const [one, office] = [stranger(), stranger()];
    const alone = Array.from({ length: 14 }, () => attempt(the.editor.email, the.editor.password, one));
    const people = [the.editor, the.viewer, the.partner, the.admin];
    const together = Array.from({ length: 56 }, (_, index) => {
      const { email, password } = people[index % people.length] ?? the.editor;
      return attempt(email, password, office);
    });
    const answers = await Promise.all([...alone, ...together]);
    expect(answers.filter(({ status }) => status !== 201)).toEqual([]);
  });

  it('input that is 400', async () => {
    const address = stranger();
    for (let time = 0; time < 15; time += 1)
      expect((await attempt(the.editor.email, '', address)).status).toBe(400);
    expect((await attempt(the.editor.email, the.editor.password, address)).status).toBe(201);
  });

  it('attempts that were not heard: a refused one does not lengthen the wait', async () => {
    const address = stranger();
    await fail(10, the.viewer.email, () => address);
    bff.turnClock(14 * MINUTE);
    for (let time = 0; time < 20; time += 1) {
      expectLocked(await attempt(the.viewer.email, the.viewer.password, address), 60);
    }
    bff.turnClock(MINUTE);
    expect((await attempt(the.viewer.email, the.viewer.password, address)).status).toBe(201);
  });
});

it('without trusted proxies X-Forwarded-For is never read: the limits hold for the connection', async () => {
  const direct = await startBff();
  try {
    const failOnce = (): Promise<Answer> =>
      direct
        .browser()
        .post('/session', { email: 'x@y.example', password: 'wrong' }, { 'x-forwarded-for': stranger() });
    for (let time = 0; time < 10; time += 1) expect((await failOnce()).status).toBe(401);
    expect((await failOnce()).status).toBe(429);
  } finally {
    await direct.close();
  }
});
