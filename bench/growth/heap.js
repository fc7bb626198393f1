import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'undici';
import { exchange } from '../http.js';
import { residentMiB } from '../memory.js';

const ATTEMPTS = 100;

/**
 * Collects all garbage of a node and measures its memory. Opens Node's inspector at the first call.
 * @param service a node that was started with `--inspect-port`
 * @returns bytes: `heap` of live objects with the buffers they hold, and `resident` of the process
 */
export async function memoryOf({ child, inspectPort }) {
  child.kill('SIGUSR1');
  const socket = new WebSocket(await debuggerUrl(inspectPort));
  await once(socket, 'open');
  // The first collection runs finalizers, the second collects what they held.
  await command(socket, 1, 'HeapProfiler.collectGarbage');
  await command(socket, 2, 'HeapProfiler.collectGarbage');
  const { usedSize, backingStorageSize = 0 } = await command(socket, 3, 'Runtime.getHeapUsage');
  socket.close();
  return { heap: usedSize + backingStorageSize, resident: residentMiB(child.pid) * 1_024 ** 2 };
}

async function debuggerUrl(port) {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const body = await exchange(`http://127.0.0.1:${port}/json/list`).then(
      (answer) => answer.body,
      () => undefined,
    );
    if (body !== undefined) return JSON.parse(body)[0].webSocketDebuggerUrl;
    await pause(100);
  }
  throw new Error('The inspector does not open');
}

async function command(socket, id, method) {
  const answer = once(socket, 'message');
  socket.send(JSON.stringify({ id, method }));
  const [{ data }] = await answer;
  const { result, error } = JSON.parse(data);
  if (error !== undefined) throw new Error(`${method}: ${error.message}`);
  return result;
}
