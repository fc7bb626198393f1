import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeWith } from '../support/describe-with.js';
import { repository } from '../support/program.js';
import { lastingDatabase, TEST_KEYS, type TestDatabase } from '../support/test-database.js';

/** Part of bsdutils, which every Debian system has, and of util-linux elsewhere. */
const SCRIPT = '/usr/bin/script';
const COMMAND = 'users create typed@acme.example --password-stdin';

let database: TestDatabase;
beforeAll(async () => {
  database = await lastingDatabase();
});
afterAll(() => database.drop());

/** Runs `bff` on a new pseudo-terminal, and types the text when it prompts for the secret. */
async function atTerminal(typed: string): Promise<{ readonly shown: string; readonly code: unknown }> {
  const program = [process.execPath, join(repository, 'dist/bin/bff.js'), COMMAND].join(' ');
  const child = spawn(SCRIPT, ['--quiet', '--return', '--command', program, '/dev/null'], {
    env: { PATH: process.env['PATH'], DATABASE_URL: database.url, BFF_ENCRYPTION_KEYS: TEST_KEYS },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let shown = '';
  let isPrompted = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    if (isPrompted || !shown.includes('is hidden): ')) return;
    isPrompted = true;
    child.stdin.write(typed);
  });
  const [code] = (await once(child, 'close')) as [unknown];
  return { shown, code };
}

describeWith('script', existsSync(SCRIPT), 'a secret that bff prompts for at a terminal', () => {
  it('is not shown while it is typed', async () => {
    const { shown, code } = await atTerminal('typed-canary-passphrase\r');
    expect(shown).toMatch(/^Enter the password \(input is hidden\): \r?\n\{"id":.*typed@acme\.example/);
    expect(shown).not.toContain('canary');
    expect(code).toBe(0);
  });

  it.each([
    ['Enter', '\r'],
    ['Ctrl-C', 'half-canary\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('is not read after %s, and the command exits with 2', async (_, typed) => {
    const { shown, code } = await atTerminal(typed);
    expect(shown).toMatch(/The password is missing; write it to standard input/);
    expect(shown).not.toContain('canary');
    expect(code).toBe(2);
  });
});
