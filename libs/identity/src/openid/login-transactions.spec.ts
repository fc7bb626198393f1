import { randomBytes } from 'node:crypto';
import { Secret } from '@bff/config';
import { Keyring } from '@bff/secrets';
import { MemoryStore, MemoryWindows } from '@bff/state';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { type LoginTransaction } from './login-transaction.js';
import { LOGIN_LIFETIME_MS, LoginTransactions } from './login-transactions.js';
import { SealedLogins } from './sealed-logins.js';

const keyring = new Keyring([{ id: 'embedded', key: new Secret(randomBytes(32)) }]);
const intent = { frontend: 'console', purpose: { kind: 'sign-in' }, returnTo: '/accounts?tab=1' } as const;

let wall: number;
let uptime: number;
let transactions: LoginTransactions;
beforeEach(() => {
  wall = Date.now();
  uptime = 0;
  const monotonic = (): number => uptime;
  transactions = new LoginTransactions(
    new MemoryStore<LoginTransaction>(monotonic),
    new MemoryStore<true>(monotonic),
    new MemoryWindows(LOGIN_LIFETIME_MS, monotonic),
    new SealedLogins(keyring),
    () => wall,
  );
});

function pass(milliseconds: number): void {
  wall += milliseconds;
  uptime += milliseconds;
}

interface Begun {
  readonly transaction: LoginTransaction;
  /** The `Cookie` header that the browser sends afterwards. */
  readonly cookie: string;
  readonly dropped: readonly string[];
}

async function begin(
  address = '192.0.2.1',
  returnTo = intent.returnTo as string,
  cookies?: string,
): Promise<Begun> {
  const transaction = transactions.prepare({ ...intent, returnTo });
  const lines = await transactions.open(transaction, { cookies, address, browser: null });
  const [cookie = '', ...dropped] = lines.map((line) => line.slice(0, line.indexOf(';'))).reverse();
  return { transaction, cookie, dropped };
}

const taken = async (state: string, cookies: string): Promise<LoginTransaction | undefined> =>
  (await transactions.take(state, cookies)).transaction;

describe('a sign-in of a browser without a session', () => {
  it('is stored sealed in its cookie and can be taken once', async () => {
    const { transaction, cookie } = await begin();
    expect(cookie).toMatch(/=bff1\.embedded\./);
    const { transaction: found, setCookies } = await transactions.take(transaction.state, cookie);
    expect(found).toEqual(transaction);
    expect(setCookies).toHaveLength(1);
    expect(await taken(transaction.state, cookie)).toBeUndefined();
  });

  it('is taken by one of two concurrent callbacks', async () => {
    const { transaction, cookie } = await begin();
    const both = await Promise.all([taken(transaction.state, cookie), taken(transaction.state, cookie)]);
    expect(both.filter((one) => one !== undefined)).toEqual([transaction]);
  });

  it('cannot be taken under the name of another cookie', async () => {
    const [one, other] = [await begin(), await begin()];
    const [, sealed = ''] = one.cookie.split('=');
    const [name = ''] = other.cookie.split('=');
    expect(await taken(other.transaction.state, `${name}=${sealed}`)).toBeUndefined();
    expect(await taken(one.transaction.state, `${name}=${sealed}`)).toBeUndefined();
  });

  it('cannot be taken with any character of its cookie changed', async () => {
    const { transaction, cookie } = await begin();
    for (let at = cookie.indexOf('=') + 1; at < cookie.length; at += 1) {
      const changed = cookie.slice(0, at) + (cookie[at] === 'A' ? 'B' : 'A') + cookie.slice(at + 1);
      expect(await taken(transaction.state, changed)).toBeUndefined();
    }
    expect(await taken(transaction.state, cookie)).toEqual(transaction);
  });

  it('expires after ten minutes and not before', async () => {
    const [early, late] = [await begin(), await begin()];
    pass(LOGIN_LIFETIME_MS - 1);
    expect(await taken(early.transaction.state, early.cookie)).toEqual(early.transaction);
    pass(1);
    expect(await taken(late.transaction.state, late.cookie)).toBeUndefined();
  });

  it('remains used when the clock is set back', async () => {
    const { transaction, cookie } = await begin();
    wall -= 60 * 60_000;
    expect(await taken(transaction.state, cookie)).toEqual(transaction);
    pass(LOGIN_LIFETIME_MS + 1);
    expect(await taken(transaction.state, cookie)).toBeUndefined();
  });

  it('ends when its browser begins the sixth one, which also expires cookies without an open sign-in', async () => {
    const five: Begun[] = [];
    for (let tab = 0; tab < 5; tab += 1) {
      five.push(await begin());
      pass(1);
    }
    const [oldest] = five as [Begun];
    const foreign = `__Host-bff-login-notmine_=${'x'.repeat(43)}`;
    // Newest first, because the order in the header must not matter.
    const header = [foreign, ...five.map(({ cookie }) => cookie).reverse()].join('; ');
    const { dropped } = await begin('192.0.2.1', '/', header);
    const [name = ''] = oldest.cookie.split('=');
    expect([...dropped].sort()).toEqual(['__Host-bff-login-notmine_=', `${name}=`].sort());
    expect(await taken(oldest.transaction.state, oldest.cookie)).toBeUndefined();
  });

  it.each([1, 29, 30, 2_048, 18_000])(
    'with a path of %d characters has a cookie of at most 176 characters',
    async (length) => {
      const returnTo = '/'.padEnd(length, 'x');
      const { transaction, cookie } = await begin('192.0.2.1', returnTo);
      expect(cookie.length).toBeLessThanOrEqual(176);
      expect((await taken(transaction.state, cookie))?.returnTo).toBe(returnTo);
    },
  );
});

describe('20 000 sign-ins that 100 other networks begin', () => {
  it('do not prevent a browser without a session from beginning one', async () => {
    for (let index = 0; index < 20_000; index += 1) await begin(`198.51.100.${index % 100}`);
    await expect(begin('198.51.100.7')).rejects.toMatchObject({ errorCode: 'bff_overloaded' });
    const { transaction, cookie } = await begin();
    expect(await taken(transaction.state, cookie)).toEqual(transaction);
  });

  it('with long paths make a further one with a long path return to the start page', async () => {
    const long = '/'.padEnd(100, 'x');
    for (let index = 0; index < 20_000; index += 1) await begin(`198.51.100.${index % 100}`, long);
    const { transaction, cookie } = await begin('192.0.2.1', long);
    expect(await taken(transaction.state, cookie)).toEqual({ ...transaction, returnTo: '/' });
  });
});
