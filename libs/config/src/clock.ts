/** Returns milliseconds since the origin of the clock. */
export type Clock = () => number;

/**
 * The clocks of a process. They are part of the configuration, so that tests can advance them instead of
 * sleeping.
 */
export interface Clocks {
  /** Milliseconds since the epoch, for times that leave the process. It may step forwards and backwards. */
  readonly wall: Clock;
  /** Milliseconds since the start of the process, for durations. It never steps. */
  readonly monotonic: Clock;
}

export const systemClocks: Clocks = { wall: () => Date.now(), monotonic: () => performance.now() };
