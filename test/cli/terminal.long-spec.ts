import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeWith } from '../support/describe-with.js';
import { repository } from '../support/program.js';
import { lastingDatabase, TEST_KEYS, type TestDatabase } from '../support/test-database.js';

/** Of Debian's essential bsdutils, and of every other Linux. */
const SCRIPT = '/usr/bin/script';
const COMMAND = 'users create typed@acme.example --password-stdin';

let database: TestDatabase;
beforeAll(async () => {
  database = await lastingDatabase();
});
afterAll(() => database.drop());

/** `bff` at a pseudo-terminal of its own, with what somebody types there once they are asked. */
async function atTerminal(typed: string): Promise<{ readonly shown: string; readonly code: unknown }> {
  const program = [process.execPath, join(repository, 'dist/apps/bff/src/cli/main.js'), COMMAND].join(' ');
  const child = spawn(SCRIPT, ['--quiet', '--return', '--command', program, '/dev/null'], {
    env: { PATH: process.env['PATH'], DATABASE_URL: database.url, BFF_ENCRYPTION_KEYS: TEST_KEYS },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let shown = '';
  let isAsked = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    if (isAsked || !shown.includes('is hidden): ')) return;
    isAsked = true;
    child.stdin.write(typed);
  });
  const [code] = (await once(child, 'close')) as [unknown];
  return { shown, code };
}

describeWith('script', existsSync(SCRIPT), 'a secret that is asked for at a terminal', () => {
  it('is typed unseen', async () => {
    const { shown, code } = await atTerminal('typed-canary-passphrase\r');
    expect(shown).toMatch(/^Enter the password \(input is hidden\): \r?\n\{"id":.*typed@acme\.example/);
    expect(shown).not.toContain('canary');
    expect(code).toBe(0);
  });

  it.each([
    ['Enter', '\r'],
    ['Ctrl-C', 'half-canary\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('is none where somebody presses %s: wrong usage, and nothing hangs', async (_, typed) => {
    const { shown, code } = await atTerminal(typed);
    expect(shown).toMatch(/The password is missing; write it to standard input/);
    expect(shown).not.toContain('canary');
    expect(code).toBe(2);
  });
});
