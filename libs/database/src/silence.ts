import { type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { type ClientBase } from 'pg';

const END_MS = 1_000;

/** The database sent nothing for too long: its connection is closed and never used again. */
export class SilentConnectionError extends Error {
  override readonly name = 'SilentConnectionError';

  constructor(milliseconds: number) {
    super(`The database sent nothing for ${milliseconds} ms; the connection was closed`);
  }
}

/**
 * Closes a connection on which nothing was sent or received for so many milliseconds, so that every query under way
 * fails: a peer that drops packets never ends a connection by itself.
 * @param onSilent called when it happens
 * @returns ends the watch
 */
export function cutWhenSilent(client: ClientBase, milliseconds: number, onSilent: () => void): () => void {
  const socket = socketOf(client);
  let isWatched = true;
  const check = (): void => {
    const seen = socket.bytesRead;
    // After a stall of this process an answer may have arrived that is not read yet: it is read before `setImmediate`.
    setImmediate(() => {
      if (!isWatched || socket.bytesRead !== seen) return;
      socket.destroy(new SilentConnectionError(milliseconds));
      onSilent();
    });
  };
  socket.setTimeout(milliseconds, check);
  return () => {
    isWatched = false;
    socket.setTimeout(0, check);
  };
}

/** Ends a connection; without an answer within a second it is cut. */
export async function endSoon(client: ClientBase & { end(): Promise<void> }): Promise<void> {
  const socket = socketOf(client);
  const done = new AbortController();
  const late = pause(END_MS, undefined, { ref: false, signal: done.signal }).catch(() => undefined);
  await Promise.race([client.end().catch(() => undefined), late]);
  done.abort();
  socket.destroy();
}

/** The socket, TLS included, is not part of the public interface of `pg`. */
export function socketOf(client: ClientBase): Socket {
  return (client as unknown as { readonly connection: { readonly stream: Socket } }).connection.stream;
}
