import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import { loadConfig, processEnvironment } from '@bff/config';
import { FrontendRegistry } from '@bff/frontends';
import { UserDirectory } from '@bff/identity';
import { Sessions } from '@bff/session';
import { createApp } from '../../apps/bff/src/create-app.js';

/**
 * Opens sessions without sign-ins, whose password hashing would take hours: a node that listens nowhere, with the
 * environment of the measured one.
 *
 * Arguments: the number of sessions, the number of users, and the file for the cookies, one a line. Session `i` belongs
 * to `user-<i modulo users>@bench.example`.
 */

/** Few enough that the groups of users, which each opening reads, do not delay the answers of Redis. */
const CONCURRENCY = 8;

const [count = NaN, users = NaN] = process.argv.slice(2, 4).map(Number);
const file = process.argv[4];
if (!(count > 0 && users > 0) || file === undefined) throw new Error('Usage: <sessions> <users> <file>');

const app = await createApp(loadConfig(processEnvironment()));
await app.init();
const [sessions, directory] = [app.get(Sessions), app.get(UserDirectory)];
const frontend = app.get(FrontendRegistry).named('console');
if (frontend === undefined) throw new Error('The frontend console is not configured');

const cookies = new Array<string>(count);
let next = 0;
const openAll = async (): Promise<void> => {
  while (next < count) {
    const index = next++;
    cookies[index] = await open(index);
  }
};
await Promise.all(Array.from({ length: CONCURRENCY }, openAll));
writeFileSync(file, cookies.join('\n'));
await app.close();

async function open(index: number): Promise<string> {
  const email = `user-${index % users}@bench.example`;
  const user = directory.accountOf(email)?.user;
  if (user === undefined || frontend === undefined) throw new Error(`${email} does not exist`);
  const { setCookies } = await sessions.open({
    user,
    frontend,
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    provider: null,
    cookies: undefined,
    requestId: `make-sessions-${index}`,
  });
  const [cookie = ''] = (setCookies[0] ?? '').split(';', 1);
  return cookie;
}
