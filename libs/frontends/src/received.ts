/** The longest part of a received value that an error repeats, in characters. */
const MAX_LENGTH = 200;

/** A received header value as it may appear in an error: bounded, and printable ASCII only. */
export function received(value: string): string {
  const start = value.slice(0, MAX_LENGTH).replace(/[^\x20-\x7e]/g, '?');
  return value.length > MAX_LENGTH ? `"${start}…"` : `"${start}"`;
}
