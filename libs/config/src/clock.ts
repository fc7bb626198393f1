/** Milliseconds since a moment that is the clock's own business. */
export type Clock = () => number;

/** The clocks of a process. Part of the configuration, so that tests turn them forward instead of sleeping. */
export interface Clocks {
  /** Milliseconds since the epoch: for times that people, tokens and other systems see. It may step, also backwards. */
  readonly wall: Clock;
  /** Milliseconds since the start of the process, never stepping: for every duration. */
  readonly monotonic: Clock;
}

export const systemClocks: Clocks = { wall: () => Date.now(), monotonic: () => performance.now() };
