import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { describeWithPostgres, startPostgres } from './postgres.js';
import type { Postgres } from './postgres.js';

describeWithPostgres('a throw-away PostgreSQL', () => {
  let postgres: Postgres;

  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.stop());

  const query = async (url: string, sql: string): Promise<unknown[]> => {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await client.end();
    }
  };

  it('creates independent databases', async () => {
    const one = await postgres.createDatabase();
    const other = await postgres.createDatabase();
    await query(one, 'CREATE TABLE things (id int)');
    expect(await query(other, `SELECT to_regclass('things') AS found`)).toEqual([{ found: null }]);
  });

  it('keeps committed rows over a crash and a restart', async () => {
    const url = await postgres.createDatabase();
    await query(url, 'CREATE TABLE things (id int); INSERT INTO things VALUES (7)');
    await postgres.restart();
    expect(await query(url, 'SELECT id FROM things')).toEqual([{ id: 7 }]);
  });
});
