/** The longest part of a received value that an error repeats, in characters. */
const MAX_LENGTH = 200;

/** Everything that hosts, origins and values of Fetch Metadata consist of. */
const FOREIGN = /[^A-Za-z0-9.:/[\]_-]/;

/**
 * A received header value as it may appear in an error: bounded, and no further than the first character that no such value
 * has. A header that swallowed the next one, a cookie among them, is not repeated.
 */
export function received(value: string): string {
  const foreignAt = value.search(FOREIGN);
  const end = Math.min(foreignAt === -1 ? value.length : foreignAt, MAX_LENGTH);
  return value.length > end ? `"${value.slice(0, end)}…"` : `"${value}"`;
}
