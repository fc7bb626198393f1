import { closeSync, openSync, rmSync, statSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { relative, resolve } from 'node:path';

/** Answers one request of another process; what it returns is sent back as JSON. */
export type OwnerRequestHandler = (request: unknown) => Promise<unknown>;

/** `sockaddr_un` holds 108 bytes on Linux and 104 on macOS, the closing NUL included. */
const MAX_SOCKET_PATH_BYTES = 103;

/** A take-over lasts milliseconds; a guard this old was left by a process that died in the middle of one. */
const ABANDONED_GUARD_MS = 10_000;

/**
 * A Unix socket (mode 0600) beside an embedded database: holding it is owning the database, and other
 * processes hand their requests over it. One JSON document each way per connection, ended by the end of the
 * stream. See docs/architecture.md, "The directory".
 */
export class OwnerSocket {
  private constructor(
    private readonly server: Server,
    private readonly idle: ReadonlySet<Socket>,
  ) {}

  /** Becomes the owner, or gives null where another living process is. @throws OwnerUnreachableError */
  static async claim(path: string, handle: OwnerRequestHandler): Promise<OwnerSocket | null> {
    const address = socketAddress(path);
    const claimed = await OwnerSocket.listen(address, handle);
    if (claimed !== null || (await isAnswered(address))) return claimed;
    // Left behind by a process that died. Two processes that both removed it would both become owner, so one at a time.
    const guard = `${path}.takeover`;
    if (!takeGuard(guard)) return null;
    try {
      if (await isAnswered(address)) return null;
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
      // bind() happens inside listen(), so the socket's mode is set by the mask of this very moment.
      const mask = process.umask(0o177);
      try {
        server.listen(address, () => done(new OwnerSocket(server, idle)));
      } finally {
        process.umask(mask);
      }
    });
  }

  /** Lets requests in flight finish, then gives the database up. */
  close(): Promise<void> {
    return new Promise((done) => {
      this.server.close(() => done());
      for (const socket of this.idle) socket.destroy();
    });
  }
}

/**
 * Hands a request to the owner of a database; undefined where nobody owns it.
 * @throws OwnerUnreachableError; Error when the owner leaves without an answer
 */
export async function askOwner(
  path: string,
  request: unknown,
): Promise<{ readonly answer: unknown } | undefined> {
  const socket = await connectTo(socketAddress(path));
  if (socket === undefined) return undefined;
  socket.end(JSON.stringify(request));
  const text = await readAll(socket);
  if (text === '') throw new Error('The process that owns the database left without an answer');
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
  if (age > ABANDONED_GUARD_MS) rmSync(path, { force: true });
  try {
    closeSync(openSync(path, 'wx', 0o600));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** The socket exists or may exist, and cannot be used: somebody may own the database. */
export class OwnerUnreachableError extends Error {
  override readonly name = 'OwnerUnreachableError';

  constructor(path: string, code: string) {
    super(
      `The owner of the database cannot be reached over ${path} (${code})` +
        (code === 'EACCES' || code === 'EPERM'
          ? ": the database belongs to another user's process; run this as that user"
          : ''),
    );
  }
}

/** What `connect` says when no process listens. Every other error leaves open whether one does. */
const NOBODY: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOENT']);

/** @returns undefined when nobody listens. @throws OwnerUnreachableError */
function connectTo(address: string): Promise<Socket | undefined> {
  return new Promise((done, fail) => {
    const socket = connect(address);
    socket.once('connect', () => done(socket));
    socket.once('error', ({ code = 'unknown' }: NodeJS.ErrnoException) =>
      NOBODY.has(code) ? done(undefined) : fail(new OwnerUnreachableError(resolve(address), code)),
    );
  });
}

async function isAnswered(address: string): Promise<boolean> {
  const socket = await connectTo(address);
  socket?.destroy();
  return socket !== undefined;
}

async function readAll(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
