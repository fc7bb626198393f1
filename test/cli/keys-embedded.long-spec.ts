import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { runCommand } from '../support/run-command.js';
import { embeddedDatabase } from '../support/test-database.js';

const NEW = `new:${createHash('sha256').update('a new key').digest('base64')}`;
const database = embeddedDatabase();

afterAll(() => database.drop());

async function keys(command: string, configured?: string): Promise<readonly Record<string, unknown>[]> {
  const environment = {
    DATABASE_URL: database.url,
    ...(configured !== undefined && { BFF_ENCRYPTION_KEYS: configured }),
  };
  const { code, lines, error } = await runCommand(['keys', command], { environment });
  expect([code, error]).toEqual([0, '']);
  return command === 'status' ? lines.map((line) => JSON.parse(line) as Record<string, unknown>) : [];
}

it(
  'bff keys names the generated key of an embedded database, and rotates to another one (CRD-02)',
  async () => {
    expect(await keys('status')).toMatchObject([
      {
        ...{ key: 'embedded', configured: true, seals: true, generated: true },
        ...{ hashKeys: 4, sessionRecords: null },
      },
    ]);
    const file = join(dirname(database.url.replace('pglite:', '')), 'encryption.key');
    await keys('rotate', `${NEW},embedded:${readFileSync(file, 'utf8')}`);
    expect(await keys('status', NEW)).toMatchObject([{ key: 'new', generated: false, hashKeys: 5 }]);
  },
  5 * 60_000,
);
