import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { sqlAt } from '../support/postgres-node.js';
import { describeWithPostgres, type Postgres, sharedPostgres } from '../support/postgres.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

const keys = `k1:${randomBytes(32).toString('base64')}`;
const USERS = 20_000;

describeWithPostgres('a node that follows the directory', () => {
  let postgres: Omit<Postgres, 'restart'>;
  let url = '';
  beforeAll(async () => {
    postgres = await sharedPostgres();
    url = await postgres.createDatabase();
  });
  afterAll(() => postgres.stop());

  const start = (directory: object): Promise<Bff> =>
    startBff({ directory, environment: { DATABASE_URL: url, BFF_ENCRYPTION_KEYS: keys } });

  /** The directory in the memory of a node, without secrets. */
  async function directoryOf(bff: Bff): Promise<object> {
    const answers = [
      await bff.operate('users.list', undefined),
      await bff.operate('tenants.list', undefined),
    ];
    return answers.map((answer) => ('result' in answer ? answer.result : answer));
  }

  const nameOfAcme = async (bff: Bff): Promise<unknown> => {
    const answer = await bff.operate('tenants.show', { id: 'acme' });
    return 'result' in answer ? (answer.result as { name: unknown }).name : answer;
  };

  it('reads only the changed one of 20 000 users', async () => {
    const bff = await start(the.directory);
    await sqlAt(
      url,
      `INSERT INTO users (email, email_key, name, role)
        SELECT 'u' || n || '@many.example', 'u' || n || '@many.example', 'U', 'user' FROM generate_series(1, ${USERS}) n`,
      `INSERT INTO memberships (user_id, tenant_id, role) SELECT id, 'orchard', 'viewer' FROM users WHERE name = 'U'`,
    );
    const show = async (email: string): Promise<unknown> => bff.operate('users.show', { email });
    await eventually(
      async () =>
        expect(await show('u7@many.example')).toMatchObject({
          result: { memberships: [{ tenant: 'orchard' }] },
        }),
      { withinMs: 10_000 },
    );
    for (let change = 1; change <= 5; change += 1) {
      const answer = await bff.operate('users.update', {
        email: 'u7@many.example',
        changes: { name: `Name ${change}` },
      });
      expect(answer).toMatchObject({ result: { name: `Name ${change}` } });
    }
    const changedBySql = 'u8@many.example';
    await sqlAt(url, `UPDATE users SET name = 'By hand' WHERE email = '${changedBySql}'`);
    await eventually(
      async () => expect(await show(changedBySql)).toMatchObject({ result: { name: 'By hand' } }),
      {
        withinMs: 1_000,
      },
    );
    // The server counts the rows that a connection has read when the connection ends.
    await bff.close();
    const [row] = await sqlAt(
      url,
      `SELECT (seq_tup_read + coalesce(idx_tup_fetch, 0))::int AS users FROM pg_stat_user_tables WHERE relname = 'users'`,
    );
    // The two large changes are read completely; the statements above and foreign keys read about three times as many rows.
    expect(Number(row?.['users'])).toBeLessThan(5.5 * USERS);
  }, 60_000);

  it('has the same directory after many changes as a node that has just started', async () => {
    await sqlAt(url, `DELETE FROM users WHERE email LIKE '%@many.example'`);
    const follower = await start(the.directory);
    const id = `(SELECT id FROM users WHERE email = '${the.editor.email}')`;
    const viewer = `(SELECT id FROM users WHERE email = '${the.viewer.email}')`;
    for (const change of [
      `UPDATE tenants SET name = 'Acme Group' WHERE id = 'acme'`,
      `DELETE FROM tenants WHERE id = 'harbour'`,
      `UPDATE memberships SET role = 'viewer' WHERE user_id = ${id}`,
      `DELETE FROM memberships WHERE user_id = ${viewer} AND tenant_id = 'acme'`,
      `INSERT INTO memberships (user_id, tenant_id, role) VALUES (${viewer}, 'orchard', 'editor')`,
      `INSERT INTO tenants (id, name, project_id, environment, plane) VALUES ('aaa', 'A', 'p-aaa', 'staging', 'public')`,
      `UPDATE users SET email = 'zed@acme.example', email_key = 'zed@acme.example' WHERE id = ${id}`,
      `UPDATE users SET identity_issuer = 'https://i.example', identity_subject = 's' WHERE id = ${viewer}`,
      `DELETE FROM users WHERE email = '${the.partner.email}'`,
      `UPDATE tenants SET id = 'bbb' WHERE id = 'bare' AND NOT EXISTS (SELECT FROM memberships WHERE tenant_id = 'bare')`,
      `INSERT INTO users (email, email_key, name, role) VALUES ('mid@b.example', 'mid@b.example', 'Mid', 'user')`,
    ]) {
      await sqlAt(url, change);
    }
    await sqlAt(url, `UPDATE tenants SET name = 'The last change' WHERE id = 'acme'`);
    await eventually(async () => expect(await nameOfAcme(follower)).toBe('The last change'), {
      withinMs: 2_000,
    });
    const fresh = await start({});
    try {
      expect(await directoryOf(follower)).toEqual(await directoryOf(fresh));
      expect(JSON.stringify(await directoryOf(fresh))).toContain('zed@acme.example');
    } finally {
      await fresh.close();
      await follower.close();
    }
  });

  it.each([
    ['whose entry in directory_changes was removed', ['DELETE FROM directory_changes']],
    ['with a lower version than the previous one', ['UPDATE directory_version SET version = 1']],
    ['together with a truncated table', ['TRUNCATE memberships']],
  ])('reads the complete directory after a change %s', async (_, statements) => {
    const bff = await start({ tenants: [the.acme] });
    try {
      const name = `After ${statements.join()}`.slice(0, 60);
      const changes = [`UPDATE tenants SET name = '${name}' WHERE id = 'acme'`, ...statements];
      await sqlAt(url, ['BEGIN', ...changes, 'COMMIT'].join('; '));
      await eventually(async () => expect(await nameOfAcme(bff)).toBe(name), { withinMs: 2_500 });
      const [row] = await sqlAt(url, 'SELECT count(*)::int AS n FROM memberships');
      const list = await directoryOf(bff);
      const memberships = JSON.stringify(list).match(/"tenant":/g)?.length ?? 0;
      expect(memberships).toBe(row?.['n']);
    } finally {
      await bff.close();
    }
  });
});
