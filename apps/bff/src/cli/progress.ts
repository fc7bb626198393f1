import { type WriteStream } from 'node:tty';

const WIDTH = 30;

/** A progress bar on a terminal; nothing without one. */
export class Progress {
  private done = 0;

  /** @param terminal null if the output is not a terminal */
  constructor(
    private readonly terminal: Pick<WriteStream, 'write'> | null,
    private readonly total: number,
  ) {}

  /** @param what the records in progress */
  advance(count: number, what: string): void {
    this.done += count;
    // Records may be created after they were counted.
    const share = this.total === 0 ? 1 : Math.min(1, this.done / this.total);
    const bar = '#'.repeat(Math.round(share * WIDTH)).padEnd(WIDTH, '-');
    this.terminal?.write(`\r\u001b[K[${bar}] ${Math.floor(share * 100)} %  ${what}`);
  }

  /** Removes the bar. */
  end(): void {
    this.terminal?.write('\r\u001b[K');
  }
}
