/** Set by `npm run test:long`. */
const isLong = process.env['TEST_LONG'] === 'true';

/** Number of generated cases of a test: the usual number in every run, the full number in the long run. */
export const amount = (usual: number, full: number): number => (isLong ? full : usual);

/** Calls of the isolation run, set by `npm run test:isolation`; undefined in other runs. */
export const isolationCalls =
  process.env['TEST_ISOLATION_CALLS'] === undefined ? undefined : Number(process.env['TEST_ISOLATION_CALLS']);
