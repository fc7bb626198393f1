import { fstatSync, write } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

/** Lines are gathered up to this many characters or milliseconds, so that one system call writes many. */
const BLOCK_CHARACTERS = 16_384;
const MAX_DELAY_MS = 100;

/** Characters that wait for a slow reader: some 4 000 access lines. */
const MAX_BUFFERED_CHARACTERS = 1024 * 1024;

const STDOUT = 1;
const LINE_FEED = 0x0a;

/** Writes a block as far as possible. @returns the number of bytes that were written; never rejects */
export type WriteBlock = (block: Buffer) => Promise<number>;

/**
 * The lines of standard output: written behind the back of requests, one block at a time. A line that
 * cannot be written, or for which no room is left, is dropped and counted; later lines are tried again.
 */
export class LogOutput {
  /** Lines lost since the start. */
  dropped = 0;
  private buffered = '';
  private writing: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** The last block ended within a line: the next one must not continue that line. */
  private endsWithinLine = false;

  constructor(private readonly writeBlock: WriteBlock = writerFor(STDOUT)) {}

  /** @param line ends with a line feed */
  write(line: string): void {
    if (this.buffered.length + line.length > MAX_BUFFERED_CHARACTERS) {
      this.dropped += 1;
      return;
    }
    this.buffered += line;
    this.schedule();
  }

  /** Waits until everything is written, but no longer than this many milliseconds. */
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
 * A write to a pipe that nobody reads would hold a thread of libuv for ever, and with it the end of the process; there Node's
 * stream waits in the event loop. A write to a file is done by a thread, because Node's stream would block the event loop.
 */
function writerFor(descriptor: typeof STDOUT): WriteBlock {
  const kind = fstatSync(descriptor);
  return kind.isFIFO() || kind.isSocket() ? writeToPipe : (block) => writeToFile(descriptor, block);
}

const ignoreError = (): void => undefined;

function writeToPipe(block: Buffer): Promise<number> {
  // Without a listener, a reader that left would end the process. Others' listeners do not count: a worker thread's pipe to
  // standard output has one that throws the error again.
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
    // A full volume, for example: the caller counts what is missing.
  }
  return written;
}
