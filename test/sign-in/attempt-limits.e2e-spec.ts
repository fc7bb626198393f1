import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer } from '../support/browser.js';
import { expectLocked } from '../support/forwarding.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

let bff: Bff;
beforeAll(async () => {
  // Every connection of the tests comes from the proxy 127.0.0.1; X-Forwarded-For names the client.
  bff = await startBff({ environment: { BFF_TRUSTED_PROXIES: '127.0.0.0/8' } });
});
afterAll(() => bff.close());
afterEach(() => bff.turnClock(16 * MINUTE));

let addresses = 0;
/** An address without earlier attempts. */
function newAddress(): string {
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
    'for %s from one address are checked ten times in 15 minutes, then the right password is rejected too',
    async (_, email) => {
      const address = newAddress();
      await fail(10, email, () => address);
      expectLocked(await attempt(email, the.editor.password, address), 900);
      bff.turnClock(15 * MINUTE - 1);
      expectLocked(await attempt(email, the.editor.password, address), 1);
      bff.turnClock(1);
      expect((await attempt(email, 'wrong', address)).status).toBe(401);
    },
  );

  it('are counted independently of the case of the e-mail address', async () => {
    const address = newAddress();
    await fail(5, the.editor.email, () => address);
    await fail(5, the.editor.email.toUpperCase(), () => address);
    expectLocked(await attempt(the.editor.email, the.editor.password, address), 900);
  });

  it('from one address are checked fifty times, over all accounts', async () => {
    const address = newAddress();
    for (let account = 0; account < 5; account += 1)
      await fail(10, `someone-${account}@acme.example`, () => address);
    expectLocked(await attempt(the.viewer.email, the.viewer.password, address), 900);
    expect((await attempt(the.viewer.email, the.viewer.password, newAddress())).status).toBe(201);
  });

  it('for one account from unfamiliar addresses are checked fifty times, and a familiar address is not locked out', async () => {
    const familiar = newAddress();
    expect((await attempt(the.partner.email, the.partner.password, familiar)).status).toBe(201);
    await fail(50, the.partner.email, newAddress);
    expectLocked(await attempt(the.partner.email, the.partner.password, newAddress()), 900);
    expect((await attempt(the.partner.email, the.partner.password, familiar)).status).toBe(201);
  });

  it('from a familiar address do not count with those from unfamiliar addresses', async () => {
    const familiar = newAddress();
    expect((await attempt(the.admin.email, the.admin.password, familiar)).status).toBe(201);
    await fail(10, the.admin.email, () => familiar);
    await fail(49, the.admin.email, newAddress);
    expect((await attempt(the.admin.email, the.admin.password, newAddress())).status).toBe(201);
  });

  it('lock out an address whose last sign-in is more than 30 days ago', async () => {
    const once = newAddress();
    expect((await attempt(the.partner.email, the.partner.password, once)).status).toBe(201);
    bff.turnClock(30 * DAY);
    await fail(50, the.partner.email, newAddress);
    expectLocked(await attempt(the.partner.email, the.partner.password, once), 900);
  });

  it('in simultaneous requests do not exceed the limit', async () => {
    const address = newAddress();
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => attempt('crowd@acme.example', 'wrong', address)),
    );
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(10);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(20);
  });
});

describe('the attempt limits do not count', () => {
  it('successful sign-ins', async () => {
    const address = newAddress();
    for (let time = 0; time < 15; time += 1) {
      expect((await attempt(the.editor.email, the.editor.password, address)).status).toBe(201);
    }
  });

  it('simultaneous sign-ins of one user or of several behind one address, which wait for each other', async () => {
    const [one, office] = [newAddress(), newAddress()];
    const ofOneUser = Array.from({ length: 14 }, () => attempt(the.editor.email, the.editor.password, one));
    const people = [the.editor, the.viewer, the.partner, the.admin];
    const ofOffice = Array.from({ length: 56 }, (_, index) => {
      const { email, password } = people[index % people.length] ?? the.editor;
      return attempt(email, password, office);
    });
    const answers = await Promise.all([...ofOneUser, ...ofOffice]);
    expect(answers.filter(({ status }) => status !== 201)).toEqual([]);
  });

  it('input that is rejected with 400', async () => {
    const address = newAddress();
    for (let time = 0; time < 15; time += 1)
      expect((await attempt(the.editor.email, '', address)).status).toBe(400);
    expect((await attempt(the.editor.email, the.editor.password, address)).status).toBe(201);
  });

  it('attempts beyond the limit, which do not extend the wait', async () => {
    const address = newAddress();
    await fail(10, the.viewer.email, () => address);
    bff.turnClock(14 * MINUTE);
    for (let time = 0; time < 20; time += 1) {
      expectLocked(await attempt(the.viewer.email, the.viewer.password, address), 60);
    }
    bff.turnClock(MINUTE);
    expect((await attempt(the.viewer.email, the.viewer.password, address)).status).toBe(201);
  });
});

it('without trusted proxies X-Forwarded-For is ignored, and the limits apply to the address of the connection', async () => {
  const direct = await startBff();
  try {
    const failOnce = (): Promise<Answer> =>
      direct
        .browser()
        .post('/session', { email: 'x@y.example', password: 'wrong' }, { 'x-forwarded-for': newAddress() });
    for (let time = 0; time < 10; time += 1) expect((await failOnce()).status).toBe(401);
    expect((await failOnce()).status).toBe(429);
  } finally {
    await direct.close();
  }
});
