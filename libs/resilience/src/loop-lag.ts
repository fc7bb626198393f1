import { type Clock } from '@bff/config';

const CHECK_MS = 100;
/** The event loop is overloaded while it runs timers this late, for at least this long. */
const MAX_LATENESS_MS = 200;
const MIN_DURATION_MS = 1_000;

/** Tells when the event loop is overloaded, so that new calls are rejected instead of making it worse. */
export class LoopLag {
  private timer: NodeJS.Timeout | undefined;
  private checkedAt = 0;
  /** Monotonic time since when every check was late; null if the last one was not. */
  private lateSince: number | null = null;

  constructor(private readonly monotonic: Clock) {}

  start(): void {
    this.checkedAt = this.monotonic();
    this.timer = setInterval(() => this.check(), CHECK_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  get isOverloaded(): boolean {
    return this.lateSince !== null && this.checkedAt - this.lateSince >= MIN_DURATION_MS;
  }

  /** Called by the timer. */
  check(): void {
    const previous = this.checkedAt;
    this.checkedAt = this.monotonic();
    if (this.checkedAt - previous - CHECK_MS <= MAX_LATENESS_MS) this.lateSince = null;
    else this.lateSince ??= previous;
  }
}
