import { fstatSync, write } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

/** Lines are buffered up to this many characters or milliseconds, so that one system call writes many lines. */
const BLOCK_CHARACTERS = 64 * 1024;
const MAX_DELAY_MS = 100;

/** Maximum number of characters that are buffered for a slow reader: about 4000 access lines. */
const MAX_BUFFERED_CHARACTERS = 1024 * 1024;

const STDOUT = 1;
const LINE_FEED = 0x0a;

/** Writes as much of a block as possible. @returns the number of bytes written; the promise never rejects */
export type WriteBlock = (block: Buffer) => Promise<number>;

/**
 * Writes lines to standard output asynchronously, one block at a time, so that requests never wait for the log. A line
 * that cannot be written or does not fit into the buffer is dropped and counted; later lines are written again.
 */
export class LogOutput {
  /** Number of lines dropped since the start. */
  dropped = 0;
  private buffered = '';
  private writing: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** Whether the last block ended within a line, which the next block must not continue. */
  private endsWithinLine = false;

  constructor(private readonly writeBlock: WriteBlock = writerFor(STDOUT)) {}

  /** @param line must end with a line feed */
  write(line: string): void {
    if (this.buffered.length + line.length > MAX_BUFFERED_CHARACTERS) {
      this.dropped += 1;
      return;
    }
    this.buffered += line;
    this.schedule();
  }

  /** Waits until all lines are written or the time-out has elapsed. */
  async flush(timeoutMs: number): Promise<void> {
    const flushed = new AbortController();
    const timeout = pause(timeoutMs, undefined, { signal: flushed.signal }).catch(() => undefined);
    await Promise.race([this.writeAll(), timeout]);
    flushed.abort();
  }

  private async writeAll(): Promise<void> {
    for (this.startWrite(); this.writing !== undefined; this.startWrite()) await this.writing;
  }

  private schedule(): void {
    if (this.buffered.length >= BLOCK_CHARACTERS) this.startWrite();
    else if (this.buffered !== '') this.timer ??= setTimeout(() => this.startWrite(), MAX_DELAY_MS).unref();
  }

  private startWrite(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.writing !== undefined || this.buffered === '') return;
    const separator = this.endsWithinLine ? '\n' : '';
    const block = Buffer.from(separator + this.buffered);
    this.buffered = '';
    this.writing = this.writeBlock(block).then((written) => {
      this.writing = undefined;
      if (written > 0) this.endsWithinLine = block[written - 1] !== LINE_FEED;
      this.dropped += linesIn(block.subarray(Math.max(written, separator.length)));
      this.schedule();
    });
  }
}

function linesIn(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(LINE_FEED); at !== -1; at = bytes.indexOf(LINE_FEED, at + 1)) lines += 1;
  return lines;
}

/**
 * Pipes are written with Node's stream, which waits in the event loop: a write to a pipe without a reader would block a
 * libuv thread forever and prevent the process from exiting. Files are written in a thread, because Node's stream would
 * block the event loop.
 */
function writerFor(descriptor: typeof STDOUT): WriteBlock {
  const kind = fstatSync(descriptor);
  return kind.isFIFO() || kind.isSocket() ? writeToPipe : (block) => writeToFile(descriptor, block);
}

const ignoreError = (): void => undefined;

function writeToPipe(block: Buffer): Promise<number> {
  // Without a listener, a closed pipe would end the process. Other listeners do not suffice: the pipe of a worker thread to
  // standard output has one that rethrows the error.
  if (!process.stdout.listeners('error').includes(ignoreError)) process.stdout.on('error', ignoreError);
  return new Promise((done) => {
    process.stdout.write(block, (error) => done(error ? 0 : block.length));
  });
}

const writeOnce = promisify(write);

async function writeToFile(descriptor: number, block: Buffer): Promise<number> {
  let written = 0;
  try {
    while (written < block.length) {
      written += (await writeOnce(descriptor, block, written)).bytesWritten;
    }
  } catch {
    // For example a full volume: the caller counts the lines that are missing.
  }
  return written;
}
