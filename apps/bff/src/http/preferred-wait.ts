/** The preference `wait` with whole seconds, alone or in a list (RFC 7240 section 4.3). */
const WAIT = /(?:^|,)[ \t]*wait[ \t]*=[ \t]*"?(\d{1,3})"?[ \t]*(?:;[^,]*)?(?:,|$)/i;

/** Maximum length of a `Prefer` header that is read. */
const MAX_LENGTH = 256;

const MAX_SECONDS = 600;

/**
 * Returns how long a caller wants to wait (docs/contract.md section 5); the first `wait` counts.
 * @returns milliseconds; null without a `wait` of 1 to 600 seconds
 */
export function preferredWaitMs(prefer: string | undefined): number | null {
  if (prefer === undefined || prefer.length > MAX_LENGTH) return null;
  const seconds = Number(WAIT.exec(prefer)?.[1] ?? 0);
  return seconds >= 1 && seconds <= MAX_SECONDS ? seconds * 1_000 : null;
}
