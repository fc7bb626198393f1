import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { loadConfig } from '@bff/config';
import { createApp } from '../../apps/bff/src/create-app.js';
import { type Browser } from '../support/browser.js';
import { expectNoSecrets, expectProblem, perform } from '../support/forwarding.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { lastingDatabase, type TestDatabase } from '../support/test-database.js';
import { the } from '../support/the.js';

/** Expects 503 from every operation and its code from `/route`, without an upstream request (CRD-10). */
async function expectUnavailable(bff: Bff, browser: Browser, tenant: string): Promise<void> {
  for (const title of ['account.get', 'account.create as partnerInitiated', 'account.delete'] as const) {
    const answer = await perform(browser, title, tenant);
    expectProblem(answer, 503, 'bff_upstream_unavailable');
    expect(answer.headers['retry-after']).toMatch(/^[1-9]\d*$/);
  }
  const route = await browser.get(`/v1/tenants/${tenant}/route`);
  expect(route.status).toBe(200);
  expect(route.json).toEqual({ errorCode: 'bff_upstream_unavailable' });
  expectNoSecrets(route);
  expect(bff.sinch.all.requests).toEqual([]);
  expect(Object.values(bff.sinch.tokens).flatMap(({ requests }) => requests)).toEqual([]);
}

describe('a call of a tenant', () => {
  let bff: Bff;
  let browser: Browser;
  beforeAll(async () => {
    bff = await startBff({
      environment: { SINCH_STAGING_URL: '', SINCH_STAGING_DEV_TOKEN_URL: '', SINCH_PRODUCTION_TOKEN_URL: '' },
    });
    browser = await bff.signedIn(the.editor);
  });
  afterAll(() => bff.close());

  it('without credentials is rejected with 503, although other tenants of the server have credentials (CRD-10)', async () => {
    const { credentials: _credentials, ...stripped } = the.lantern;
    const tenant = { ...stripped, id: 'stripped', projectId: '6e1f2a34-0000-4000-8000-00000000000a' };
    const users = [{ ...the.editor, memberships: [{ tenant: 'stripped', role: 'editor' }] }];
    await bff.apply({ tenants: [tenant], users });
    await expectUnavailable(bff, browser, 'stripped');
    await expectUnavailable(bff, browser, 'bare');
  });

  it('with credentials is rejected with 503 if its server has no URL', () =>
    expectUnavailable(bff, browser, 'harbour'));

  it('with OAuth2 credentials is rejected with 503 if the token endpoint has no URL', () =>
    expectUnavailable(bff, browser, 'lantern'));

  it('with HTTP Basic credentials is served if the token endpoint has no URL', async () => {
    const credentials = { ...the.acme.credentials, scheme: 'basic' };
    await bff.apply({ tenants: [{ ...the.acme, credentials }] });
    expect((await perform(browser, 'account.get')).status).toBe(200);
    expect(bff.sinch.production.requests).toHaveLength(1);
    expect(bff.sinch.allBut('production').requests).toEqual([]);
  });
});

describe('stored credentials', () => {
  const key = (id: string): string => `${id}:${randomBytes(32).toString('base64')}`;
  const [first, second] = [key('a'), key('b')];
  const nothing = { tenants: [] };
  let database: TestDatabase;

  beforeAll(async () => {
    database = await lastingDatabase();
    await withBff(first, the.directory, () => Promise.resolve());
  });
  afterAll(() => database.drop());

  async function withBff(
    keys: string,
    directory: object,
    use: (bff: Bff, browser: Browser) => Promise<void>,
  ): Promise<void> {
    const environment = { DATABASE_URL: database.url, BFF_ENCRYPTION_KEYS: keys };
    const bff = await startBff({ environment, directory });
    try {
      await use(bff, await bff.signedIn(the.editor));
    } finally {
      await bff.close();
    }
  }

  it('are used after a restart with a new first encryption key if their own is still configured', async () => {
    await withBff(`${second},${first}`, nothing, async (bff, browser) => {
      expect((await perform(browser, 'account.get')).status).toBe(200);
      expect((await perform(browser, 'account.get', 'harbour')).status).toBe(200);
      expect(bff.sinch.allBut('production', 'staging').requests).toEqual([]);
    });
  });

  it.each<[what: string, keys: string, problem: RegExp]>([
    ['has other bytes', `${key('a')},${second}`, /the key "a" does not open the \d+ stored records/],
    ['is missing', second, /does not have the key "a", which sealed \d+ stored records/],
  ])(
    'make start-up fail if the encryption key with their key id %s (CRD-03, CRD-10)',
    async (_, keys, problem) => {
      const variables = { DATABASE_URL: database.url, BFF_ENCRYPTION_KEYS: keys, LOG_LEVEL: 'silent' };
      await expect(createApp(loadConfig(variables))).rejects.toMatchObject({
        problems: [expect.stringMatching(problem)],
      });
    },
  );

  it('are not used for another tenant after rows were swapped, and are used after they were applied again (CRD-01)', async () => {
    const secretOf = (tenant: string): string =>
      `(SELECT sealed_secret FROM tenant_credentials WHERE tenant_id = '${tenant}')`;
    const both = `${first},${second}`;
    await withBff(both, nothing, (bff) =>
      bff.sql(`UPDATE tenant_credentials SET sealed_secret = CASE tenant_id
         WHEN 'acme' THEN ${secretOf('harbour')} WHEN 'harbour' THEN ${secretOf('acme')}
         ELSE sealed_secret END`),
    );
    await withBff(both, nothing, async (bff, browser) => {
      await expectUnavailable(bff, browser, 'acme');
      await expectUnavailable(bff, browser, 'harbour');
      expect((await perform(browser, 'account.get', 'lantern')).status).toBe(200);
      expect(bff.sinch.allBut('staging-dev').requests).toEqual([]);

      await bff.apply(the.directory);
      expect((await perform(browser, 'account.get')).status).toBe(200);
      expect((await perform(browser, 'account.get', 'harbour')).status).toBe(200);
    });
  });
});
