import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { PostgresFixture, sqlAt } from '../support/postgres-node.js';
import { describeWithPostgres } from '../support/postgres.js';
import { type SixUpstreams, startSixUpstreams } from '../support/six-upstreams.js';
import { the } from '../support/the.js';

const { acme, orchard, editor, partner, admin } = the;

describeWithPostgres('in the tables of the directory', () => {
  let sinch: SixUpstreams;
  let fixture: PostgresFixture;
  beforeAll(async () => {
    sinch = await startSixUpstreams();
    fixture = new PostgresFixture(sinch);
  });
  afterEach(async () => {
    await fixture.close();
    sinch.reset();
  });
  afterAll(() => sinch.close());

  it('no secret and no password is readable (CRD-01, CRD-04)', async () => {
    const url = await fixture.migrated();
    const operator = await fixture.operator(url);
    await operator.apply(the.directory);
    await operator.apply({ users: [{ email: admin.email, totpSecret: 'CANARYTOTPSECRET' }] });
    const tables = await sqlAt(
      url,
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
        WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
    );
    expect(tables.length).toBeGreaterThanOrEqual(6);
    const dump: string[] = [];
    for (const { name } of tables) {
      const rows = await sqlAt(url, `SELECT row_to_json(t)::text AS row FROM ${String(name)} t`);
      dump.push(...rows.map(({ row }) => String(row)));
    }
    const text = dump.join('\n');
    expect(text).toContain('acme-key');
    for (const canary of ['canary-secret', 'canary-password', 'CANARYTOTPSECRET']) {
      for (const encoding of ['utf8', 'hex', 'base64', 'base64url'] as const) {
        expect(text).not.toContain(Buffer.from(canary).toString(encoding).replace(/=+$/, ''));
      }
    }
    // Eight secrets of the directory, and a hash key for each purpose.
    expect(text.match(/\bbff1\.k1\./g)).toHaveLength(12);
    expect(text.match(/\$argon2id\$v=19\$m=19456,t=2,p=1\$/g)).toHaveLength(4);
  });

  it('equal secrets have different ciphertexts (CRD-01)', async () => {
    const url = await fixture.migrated();
    const credentials = { ...acme.credentials, keySecret: 'the-same-secret' };
    await (
      await fixture.operator(url)
    ).apply({ tenants: [acme, orchard].map((tenant) => ({ ...tenant, credentials })) });
    const rows = await sqlAt(url, 'SELECT DISTINCT sealed_secret FROM tenant_credentials');
    expect(rows).toHaveLength(2);
  });

  it.each<[name: string, exchange: string]>([
    [
      'sealed secrets',
      `UPDATE tenant_credentials a SET sealed_secret = b.sealed_secret FROM tenant_credentials b
        WHERE (a.tenant_id, b.tenant_id) IN (('acme', 'orchard'), ('orchard', 'acme'))`,
    ],
    [
      'owners',
      `UPDATE tenant_credentials a SET (key_id, scheme, sealed_secret, version) =
          (b.key_id, b.scheme, b.sealed_secret, b.version) FROM tenant_credentials b
        WHERE (a.tenant_id, b.tenant_id) IN (('acme', 'orchard'), ('orchard', 'acme'))`,
    ],
  ])(
    'two rows with exchanged %s cannot be decrypted, and no call uses the other key (CRD-01, CRD-10)',
    async (_, exchange) => {
      const url = await fixture.seeded();
      await sqlAt(url, exchange);
      const node = await fixture.node(url);
      for (const [user, tenant] of [
        [editor, 'acme'],
        [partner, 'orchard'],
      ] as const) {
        const browser = await node.signedIn(user);
        const answer = await browser.get(`/v1/tenants/${tenant}/whatsapp`);
        expect(answer.status).toBe(503);
        expect(answer.json).toMatchObject({ errorCode: 'bff_upstream_unavailable' });
        expect(answer.headers['retry-after']).toMatch(/^\d+$/);
        expect((await browser.get(`/v1/tenants/${tenant}/route`)).json).toMatchObject({
          errorCode: 'bff_upstream_unavailable',
        });
      }
      expect(sinch.all.requests).toEqual([]);
      expect(sinch.tokens.production.requests).toEqual([]);
    },
  );

  it('an earlier version of a sealed secret cannot replace the current one (CRD-01)', async () => {
    const url = await fixture.seeded();
    const operator = await fixture.operator(url);
    const [old] = await sqlAt(url, `SELECT sealed_secret FROM tenant_credentials WHERE tenant_id = 'acme'`);
    await operator.apply({
      tenants: [{ id: 'acme', credentials: { ...acme.credentials, keySecret: 'newer' } }],
    });
    await sqlAt(
      url,
      `UPDATE tenant_credentials SET sealed_secret = '${String(old?.['sealed_secret'])}' WHERE tenant_id = 'acme'`,
    );
    const browser = await (await fixture.node(url)).signedIn(editor);
    expect((await browser.get('/v1/tenants/acme/whatsapp')).status).toBe(503);
    expect(sinch.all.requests).toEqual([]);
  });

  it('bff apply replaces a sealed secret that cannot be decrypted, even by the same secret', async () => {
    const url = await fixture.seeded();
    const operator = await fixture.operator(url);
    await sqlAt(url, `UPDATE tenant_credentials SET sealed_secret = 'bff1.k1.AAAA' WHERE tenant_id = 'acme'`);
    const browser = await (await fixture.node(url)).signedIn(editor);
    expect((await browser.get('/v1/tenants/acme/whatsapp')).status).toBe(503);
    await operator.apply({ tenants: [acme] });
    await eventually(async () => expect((await browser.get('/v1/tenants/acme/whatsapp')).status).toBe(200), {
      withinMs: 1_000,
    });
  });
});
