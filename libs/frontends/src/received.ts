/** Maximum length of a received value in an error, in characters. */
const MAX_LENGTH = 200;

/** Any character that hosts, origins and values of Fetch Metadata do not contain. */
const DISALLOWED = /[^A-Za-z0-9.:/[\]_-]/;

/**
 * Quotes a received header value for an error, truncated to {@link MAX_LENGTH} and before the first
 * disallowed character. A malformed header that contains the next one, for example a cookie, is therefore not
 * repeated.
 */
export function received(value: string): string {
  const disallowedAt = value.search(DISALLOWED);
  const end = Math.min(disallowedAt === -1 ? value.length : disallowedAt, MAX_LENGTH);
  return value.length > end ? `"${value.slice(0, end)}…"` : `"${value}"`;
}
