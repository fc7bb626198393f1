import { type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { type ClientBase } from 'pg';

/** Maximum wait for the server when a connection is ended. */
const END_MS = 1_000;

/** The database sent no data for too long; its connection was closed and is not reused. */
export class SilentConnectionError extends Error {
  override readonly name = 'SilentConnectionError';

  constructor(milliseconds: number) {
    super(`The database sent no data for ${milliseconds} ms; the connection was closed`);
  }
}

/**
 * Closes a connection after a time without traffic, so that its current query fails. A network that drops
 * packets does not end a connection.
 * @param onSilent called after the connection was closed
 * @returns a function that ends the watch
 */
export function closeWhenSilent(client: ClientBase, milliseconds: number, onSilent: () => void): () => void {
  const socket = socketOf(client);
  let isWatched = true;
  const check = (): void => {
    const seen = socket.bytesRead;
    // If the event loop was blocked, received data may be unread; Node reads it before `setImmediate`.
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

/** Ends a connection gracefully, or destroys its socket after {@link END_MS}. */
export async function endOrDestroy(client: ClientBase & { end(): Promise<void> }): Promise<void> {
  const socket = socketOf(client);
  const done = new AbortController();
  const late = pause(END_MS, undefined, { ref: false, signal: done.signal }).catch(() => undefined);
  await Promise.race([client.end().catch(() => undefined), late]);
  done.abort();
  socket.destroy();
}

/** The socket (with TLS, the TLS socket), which is not part of the public interface of `pg`. */
export function socketOf(client: ClientBase): Socket {
  return (client as unknown as { readonly connection: { readonly stream: Socket } }).connection.stream;
}
