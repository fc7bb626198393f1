import { closeSync, openSync, rmSync, statSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { relative, resolve } from 'node:path';

/** Handles one request of another process; the result is returned as JSON. */
export type OwnerRequestHandler = (request: unknown) => Promise<unknown>;

/** `sockaddr_un` has 108 bytes on Linux and 104 on macOS, including the terminating NUL. */
const MAX_SOCKET_PATH_BYTES = 103;

/** A take-over lasts milliseconds; an older guard file belongs to a process that died during one. */
const STALE_GUARD_MS = 10_000;

/**
 * A Unix socket (mode 0600) beside an embedded database. The process that holds it owns the database, and
 * other processes send it their requests: one JSON document in each direction per connection, terminated by
 * the end of the stream (docs/architecture.md, "The directory").
 */
export class OwnerSocket {
  private constructor(
    private readonly server: Server,
    private readonly idle: ReadonlySet<Socket>,
  ) {}

  /**
   * Claims the ownership.
   * @returns null if another running process is the owner.
   * @throws OwnerUnreachableError
   */
  static async claim(path: string, handle: OwnerRequestHandler): Promise<OwnerSocket | null> {
    const address = socketAddress(path);
    const claimed = await OwnerSocket.listen(address, handle);
    if (claimed !== null || (await isListening(address))) return claimed;
    // The socket belongs to a process that died. A guard file serializes its removal, so that only one
    // process becomes owner.
    const guard = `${path}.takeover`;
    if (!takeGuard(guard)) return null;
    try {
      if (await isListening(address)) return null;
      rmSync(address, { force: true });
      return await OwnerSocket.listen(address, handle);
    } finally {
      rmSync(guard, { force: true });
    }
  }

  private static listen(address: string, handle: OwnerRequestHandler): Promise<OwnerSocket | null> {
    return new Promise((done, fail) => {
      const idle = new Set<Socket>();
      const server = createServer({ allowHalfOpen: true }, (socket) => {
        idle.add(socket);
        socket.on('error', () => socket.destroy());
        readAll(socket)
          .then(async (text) => {
            idle.delete(socket);
            socket.end(text === '' ? '' : JSON.stringify(await handle(JSON.parse(text) as unknown)));
          })
          .catch(() => socket.destroy());
      });
      server.on('error', (error: NodeJS.ErrnoException) =>
        error.code === 'EADDRINUSE' ? done(null) : fail(error),
      );
      // listen() calls bind() synchronously, so the mode of the socket follows from the current umask.
      const mask = process.umask(0o177);
      try {
        server.listen(address, () => done(new OwnerSocket(server, idle)));
      } finally {
        process.umask(mask);
      }
    });
  }

  /** Waits for requests in flight, then releases the ownership. */
  close(): Promise<void> {
    return new Promise((done) => {
      this.server.close(() => done());
      for (const socket of this.idle) socket.destroy();
    });
  }
}

/**
 * Sends a request to the owner of a database.
 * @returns undefined if no process owns the database
 * @throws OwnerUnreachableError, or Error if the owner closes the connection without a response
 */
export async function askOwner(
  path: string,
  request: unknown,
): Promise<{ readonly answer: unknown } | undefined> {
  const socket = await connectTo(socketAddress(path));
  if (socket === undefined) return undefined;
  socket.end(JSON.stringify(request));
  const text = await readAll(socket);
  if (text === '')
    throw new Error('The process that owns the database closed the connection without a response');
  return { answer: JSON.parse(text) as unknown };
}

function socketAddress(path: string): string {
  const absolute = resolve(path);
  const fromHere = relative(process.cwd(), absolute);
  const shorter = fromHere.length < absolute.length ? fromHere : absolute;
  if (Buffer.byteLength(shorter) <= MAX_SOCKET_PATH_BYTES) return shorter;
  throw new Error(`The path is too long for a Unix socket beside the database: ${absolute}`);
}

function takeGuard(path: string): boolean {
  const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
  if (age > STALE_GUARD_MS) rmSync(path, { force: true });
  try {
    closeSync(openSync(path, 'wx', 0o600));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** The socket cannot be used, but may exist, so another process may own the database. */
export class OwnerUnreachableError extends Error {
  override readonly name = 'OwnerUnreachableError';

  constructor(path: string, code: string) {
    super(
      `The owner of the database cannot be reached over ${path} (${code})` +
        (code === 'EACCES' || code === 'EPERM'
          ? ": the database belongs to another user's process; run this command as that user"
          : ''),
    );
  }
}

/** The error codes of `connect` if no process listens; after any other error, one may. */
const NOT_LISTENING: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOENT']);

/** @returns undefined if no process listens. @throws OwnerUnreachableError */
function connectTo(address: string): Promise<Socket | undefined> {
  return new Promise((done, fail) => {
    const socket = connect(address);
    socket.once('connect', () => done(socket));
    socket.once('error', ({ code = 'unknown' }: NodeJS.ErrnoException) =>
      NOT_LISTENING.has(code) ? done(undefined) : fail(new OwnerUnreachableError(resolve(address), code)),
    );
  });
}

async function isListening(address: string): Promise<boolean> {
  const socket = await connectTo(address);
  socket?.destroy();
  return socket !== undefined;
}

async function readAll(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
