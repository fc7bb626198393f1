/** Set by `npm run test:long`. */
const isLong = process.env['TEST_LONG'] === 'true';

/** How many of something a test tries: the usual number in every run, the full one in the long run. */
export const amount = (usual: number, full: number): number => (isLong ? full : usual);
