/** Milliseconds since the epoch. Part of the configuration, so that tests turn it forward instead of sleeping. */
export type Clock = () => number;

export const systemClock: Clock = () => Date.now();
