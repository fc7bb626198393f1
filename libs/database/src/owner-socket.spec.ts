import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { askOwner, OwnerSocket } from './owner-socket.js';

let folder = '';
let path = '';
const owned: OwnerSocket[] = [];

async function claim(answer: string): Promise<OwnerSocket | null> {
  const owner = await OwnerSocket.claim(path, (request) => Promise.resolve({ answer, request }));
  if (owner !== null) owned.push(owner);
  return owner;
}

/** Leaves behind what a killed process leaves: a socket file that nobody answers at. */
function leaveStaleSocket(): void {
  const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  try {
    execFileSync(process.execPath, ['-e', script], { stdio: 'ignore' });
  } catch {
    // Killed, as asked.
  }
  expect(statSync(path).isSocket()).toBe(true);
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bff-owner-'));
  path = join(folder, 'directory.sock');
});
afterEach(async () => {
  for (const owner of owned.splice(0)) await owner.close();
  rmSync(folder, { recursive: true });
});

it('one process owns a database and answers what others ask', async () => {
  await claim('first');
  expect(await askOwner(path, { a: 1 })).toEqual({ answer: { answer: 'first', request: { a: 1 } } });
  expect(await claim('second')).toBeNull();
});

it('nobody but its user may open the socket', async () => {
  await claim('first');
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

it('asking nobody gives nothing', async () => {
  expect(await askOwner(path, {})).toBeUndefined();
});

it('a socket that was given up can be claimed again', async () => {
  await (await claim('first'))?.close();
  expect(await claim('second')).not.toBeNull();
  expect(await askOwner(path, 1)).toEqual({ answer: { answer: 'second', request: 1 } });
});

it('what a killed process left behind is taken over, by one of many', async () => {
  leaveStaleSocket();
  const claims = await Promise.all(['a', 'b', 'c', 'd'].map(claim));
  expect(claims.filter((owner) => owner !== null)).toHaveLength(1);
  expect(await askOwner(path, 1)).toBeDefined();
});

it('a take-over that another process is in the middle of is left to it', async () => {
  leaveStaleSocket();
  writeFileSync(`${path}.takeover`, '');
  expect(await claim('late')).toBeNull();
});

it('a request that the owner fails to answer is an error, not an empty answer', async () => {
  const owner = await OwnerSocket.claim(path, () => Promise.reject(new Error('broken')));
  if (owner !== null) owned.push(owner);
  await expect(askOwner(path, {})).rejects.toThrow('without an answer');
});

it('a process of another user is refused by name, and the owner keeps its socket', async () => {
  await claim('first');
  // Everybody may create and remove files in its folder.
  chmodSync(folder, 0o777);
  const source = JSON.stringify(join(import.meta.dirname, 'owner-socket.ts'));
  const attempts = `import { askOwner, OwnerSocket } from ${source};
    const path = ${JSON.stringify(path)};
    for (const attempt of [() => askOwner(path, {}), () => OwnerSocket.claim(path, () => Promise.resolve(0))])
      await attempt().then((value) => console.log(value), (error) => console.log(error.message));`;
  const isRoot = process.getuid?.() === 0;
  // Without root the test cannot become another user, but it can drop its own right.
  if (!isRoot) chmodSync(path, 0);
  const flags = ['--experimental-transform-types', '--disable-warning=ExperimentalWarning'];
  const said = execFileSync(process.execPath, [...flags, '--input-type=module', '-e', attempts], {
    encoding: 'utf8',
    ...(isRoot && { uid: 65_534, gid: 65_534 }),
  });
  chmodSync(path, 0o600);
  expect(said.trim().split('\n')).toEqual([
    expect.stringMatching(/EACCES.*another user's process/),
    expect.stringMatching(/EACCES.*another user's process/),
  ]);
  expect(await askOwner(path, 1)).toEqual({ answer: { answer: 'first', request: 1 } });
});
