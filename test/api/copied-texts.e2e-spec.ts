import 'reflect-metadata';
import { loadConfig, Secret } from '@bff/config';
import { HashKeySet } from '@bff/secrets';
import { FrontendRegistry } from '@bff/frontends';
import { UserDirectory } from '@bff/identity';
import { Sessions } from '@bff/session';
import { copied, MemoryStore } from '@bff/state';
import { expect, it } from '@jest/globals';
import { createApp } from '../../apps/bff/src/create-app.js';
import { OperatorCommands } from '../../apps/bff/src/cli/operator-commands.js';
import { SessionTickets } from '../../libs/session/src/session-tickets.js';
import { heapGrowthMiB, longText } from '../support/heap-growth.js';
import { lastingDatabase, TEST_KEYS } from '../support/test-database.js';

const COUNT = 2_000;

it.each(['', 'a', 'grüße', '👋', '\ud83d', '\u0000\uffff'])('the copy of %j is equal to it', (text) => {
  expect(copied(text)).toBe(text);
});

it('a copy of 200 characters does not retain the 15 KB text that it was cut from', async () => {
  const kept: string[] = [];
  const growth = await heapGrowthMiB(() => {
    for (let index = 0; index < COUNT; index += 1) kept.push(copied(longText(index).slice(0, 200)));
  });
  expect(kept).toHaveLength(COUNT);
  expect(growth).toBeLessThan(4);
});

it('a store does not retain the texts that its keys were cut from', async () => {
  const store = new MemoryStore<true>(() => 0);
  const growth = await heapGrowthMiB(async () => {
    for (let index = 0; index < COUNT; index += 1) {
      await store.create(longText(index).slice(0, 40), true, 1_000);
    }
  });
  expect(await store.get(longText(7).slice(0, 40))).toBe(true);
  expect(growth).toBeLessThan(6);
});

it('cached session tickets do not retain the Cookie headers that they were cut from', async () => {
  const tickets = new SessionTickets(
    new HashKeySet(
      'session-tickets',
      [{ generation: 1, createdAt: 0, key: new Secret(Buffer.alloc(32, 1)) }],
      () => 0,
    ),
  );
  const growth = await heapGrowthMiB(() => {
    for (let index = 0; index < COUNT; index += 1) tickets.storeKeys(longText(index).slice(0, 43));
  });
  expect(tickets.storeKeys(longText(7).slice(0, 43))).toHaveLength(1);
  expect(growth).toBeLessThan(4);
});

it('a session retains only 200 characters of a User-Agent of 15 KB', async () => {
  const database = await lastingDatabase();
  const app = await createApp(
    loadConfig({ DATABASE_URL: database.url, BFF_ENCRYPTION_KEYS: TEST_KEYS, LOG_LEVEL: 'silent' }),
  );
  try {
    await app.init();
    const users = Array.from({ length: 20 }, (_, index) => ({
      ...{ email: `user-${index}@acme.example`, name: 'User' },
      identity: { issuer: 'https://id.example', subject: `subject-${index}` },
    }));
    const options = { dryRun: false, prune: false, ifEmpty: false };
    await app.get(OperatorCommands).execute('apply', { document: { users }, options });
    const sessions = app.get(Sessions, { strict: false });
    const frontend = app.get(FrontendRegistry, { strict: false }).named('console');
    const known = [...app.get(UserDirectory, { strict: false }).all().values()];
    if (frontend === undefined) throw new Error('The development defaults have no console');
    const growth = await heapGrowthMiB(async () => {
      for (let index = 0; index < COUNT; index += 1) {
        const { user } = known[index % known.length] ?? { user: undefined };
        if (user === undefined) throw new Error('The users were not applied');
        const session = {
          user,
          frontend,
          userAgent: longText(index),
          provider: null,
          cookies: undefined,
          requestId: 'r',
        };
        const { record } = (await sessions.open(session)).session;
        expect(record.userAgent).toHaveLength(200);
      }
    });
    expect(growth).toBeLessThan(10);
  } finally {
    await app.close();
    await database.drop();
  }
});
