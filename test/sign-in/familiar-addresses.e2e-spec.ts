import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Answer } from '../support/browser.js';
import { expectLocked } from '../support/forwarding.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { lastingDatabase, type TestDatabase } from '../support/test-database.js';
import { the } from '../support/the.js';

const DAY = 24 * 60 * 60_000;

let database: TestDatabase;
let bff: Bff;
const start = async (): Promise<void> => {
  bff = await startBff({
    environment: {
      DATABASE_URL: database.url,
      BFF_TRUSTED_PROXIES: '127.0.0.0/8',
    },
  });
};
const restart = async (): Promise<void> => {
  await bff.close();
  await start();
};
beforeAll(async () => {
  database = await lastingDatabase();
  await start();
});
afterAll(async () => {
  await bff.close();
  await database.drop();
});

let addresses = 0;
function newAddress(): string {
  addresses += 1;
  return `198.18.${addresses >> 8}.${addresses & 255}`;
}

type Person = Readonly<Record<'email' | 'password', string>>;

function signIn({ email, password }: Person, address: string): Promise<Answer> {
  return bff.browser().post('/session', { email, password }, { 'x-forwarded-for': address });
}

async function lockOutUnfamiliar({ email }: Person): Promise<void> {
  const attempts = Array.from({ length: 50 }, () => signIn({ email, password: 'wrong' }, newAddress()));
  for (const { status } of await Promise.all(attempts)) expect(status).toBe(401);
}

async function rows(): Promise<readonly { readonly hash: string; readonly seen_at: string }[]> {
  return (await bff.query('select * from familiar_addresses')) as never;
}

it('a familiar address from before a restart is not locked out by unfamiliar ones after it (AUT-12)', async () => {
  const familiar = newAddress();
  expect((await signIn(the.partner, familiar)).status).toBe(201);
  await restart();
  await lockOutUnfamiliar(the.partner);
  expectLocked(await signIn(the.partner, newAddress()), 900);
  expect((await signIn(the.partner, familiar)).status).toBe(201);
});

it('failures of a familiar address from before a restart do not count with those of unfamiliar ones', async () => {
  const familiar = newAddress();
  expect((await signIn(the.viewer, familiar)).status).toBe(201);
  await restart();
  const wrong = { ...the.viewer, password: 'wrong' };
  for (let time = 0; time < 10; time += 1) expect((await signIn(wrong, familiar)).status).toBe(401);
  for (let time = 0; time < 49; time += 1) expect((await signIn(wrong, newAddress())).status).toBe(401);
  expect((await signIn(the.viewer, newAddress())).status).toBe(201);
});

it('the database holds a keyed hash and a time, written once a day, and no address or account', async () => {
  const address = '203.0.113.77';
  const before = await rows();
  expect((await signIn(the.editor, address)).status).toBe(201);
  const after = await rows();
  expect(after).toHaveLength(before.length + 1);
  const added = after.find(({ hash }) => before.every((row) => row.hash !== hash));
  expect(Object.keys(added ?? {}).sort()).toEqual(['hash', 'seen_at']);
  expect(JSON.stringify(after)).not.toMatch(/203\.0\.113\.77|editor@/);
  bff.turnClock(DAY - 60_000);
  await signIn(the.editor, address);
  expect(await rows()).toContainEqual(added);
  bff.turnClock(DAY);
  await signIn(the.editor, address);
  expect(await rows()).not.toContainEqual(added);
  expect(await rows()).toHaveLength(after.length);
});

it('addresses whose last sign-in is more than 30 days ago are unfamiliar, and their rows are deleted', async () => {
  const address = newAddress();
  expect((await signIn(the.admin, address)).status).toBe(201);
  bff.turnClock(30 * DAY);
  await lockOutUnfamiliar(the.admin);
  expectLocked(await signIn(the.admin, address), 900);
  expect((await signIn(the.editor, newAddress())).status).toBe(201);
  expect(await rows()).toHaveLength(1);
});

it('a user who is created again under the same e-mail address does not inherit familiar addresses', async () => {
  const person = { email: 'again@acme.example', name: 'A Gain', password: 'again-canary-password' };
  const address = newAddress();
  await bff.apply({ users: [person] });
  expect((await signIn(person, address)).status).toBe(201);
  await bff.operate('users.remove', { email: person.email });
  await bff.apply({ users: [person] });
  await lockOutUnfamiliar(person);
  expectLocked(await signIn(person, address), 900);
});

it('while the database is unavailable, a familiar address from before the restart counts as unfamiliar', async () => {
  const familiar = newAddress();
  expect((await signIn(the.partner, familiar)).status).toBe(201);
  await restart();
  await bff.sql('alter table familiar_addresses rename to elsewhere');
  try {
    await lockOutUnfamiliar(the.partner);
    expectLocked(await signIn(the.partner, familiar), 900);
    expect((await signIn(the.editor, familiar)).status).toBe(201);
  } finally {
    await bff.sql('alter table elsewhere rename to familiar_addresses');
  }
});
