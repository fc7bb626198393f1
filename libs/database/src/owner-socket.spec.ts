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

/** Creates the socket file of a killed process. */
function leaveStaleSocket(): void {
  const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  try {
    execFileSync(process.execPath, ['-e', script], { stdio: 'ignore' });
  } catch {
    // execFileSync throws, because the script kills its process.
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

it('one process owns a database and handles the requests of others', async () => {
  await claim('first');
  expect(await askOwner(path, { a: 1 })).toEqual({ answer: { answer: 'first', request: { a: 1 } } });
  expect(await claim('second')).toBeNull();
});

it('the socket is accessible only to its user', async () => {
  await claim('first');
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

it('a request without an owner returns undefined', async () => {
  expect(await askOwner(path, {})).toBeUndefined();
});

it('a socket that was closed can be claimed again', async () => {
  await (await claim('first'))?.close();
  expect(await claim('second')).not.toBeNull();
  expect(await askOwner(path, 1)).toEqual({ answer: { answer: 'second', request: 1 } });
});

it('exactly one of several processes takes over the socket of a killed process', async () => {
  leaveStaleSocket();
  const claims = await Promise.all(['a', 'b', 'c', 'd'].map(claim));
  expect(claims.filter((owner) => owner !== null)).toHaveLength(1);
  expect(await askOwner(path, 1)).toBeDefined();
});

it('a process does not take over a socket while another process does', async () => {
  leaveStaleSocket();
  writeFileSync(`${path}.takeover`, '');
  expect(await claim('late')).toBeNull();
});

it('a request that the owner fails to handle is an error, not an empty response', async () => {
  const owner = await OwnerSocket.claim(path, () => Promise.reject(new Error('broken')));
  if (owner !== null) owned.push(owner);
  await expect(askOwner(path, {})).rejects.toThrow('without a response');
});

it('a process of another user gets an error with the reason, and the owner keeps its socket', async () => {
  await claim('first');
  // Every user may create and remove files in the folder.
  chmodSync(folder, 0o777);
  const source = JSON.stringify(join(import.meta.dirname, 'owner-socket.ts'));
  const attempts = `import { askOwner, OwnerSocket } from ${source};
    const path = ${JSON.stringify(path)};
    for (const attempt of [() => askOwner(path, {}), () => OwnerSocket.claim(path, () => Promise.resolve(0))])
      await attempt().then((value) => console.log(value), (error) => console.log(error.message));`;
  const isRoot = process.getuid?.() === 0;
  // Without root the test cannot switch to another user, but it can remove its own permission.
  if (!isRoot) chmodSync(path, 0);
  const flags = ['--experimental-transform-types', '--disable-warning=ExperimentalWarning'];
  const output = execFileSync(process.execPath, [...flags, '--input-type=module', '-e', attempts], {
    encoding: 'utf8',
    ...(isRoot && { uid: 65_534, gid: 65_534 }),
  });
  chmodSync(path, 0o600);
  expect(output.trim().split('\n')).toEqual([
    expect.stringMatching(/EACCES.*another user's process/),
    expect.stringMatching(/EACCES.*another user's process/),
  ]);
  expect(await askOwner(path, 1)).toEqual({ answer: { answer: 'first', request: 1 } });
});
