/**
 * Returns the value of a peer's `Retry-After` if it may be relayed: whole seconds or an HTTP date (RFC 9110
 * section 10.2.3).
 * @param value as in the header objects of Node and undici, where a repeated header is a list
 * @returns undefined if the header is absent, repeated or has another format
 */
export function retryAfterOf(value: unknown): string | undefined {
  return typeof value === 'string' && (/^\d{1,9}$/.test(value) || isHttpDate(value)) ? value : undefined;
}

/** Whether the value is a valid IMF-fixdate (RFC 9110 section 5.6.7), the format of `toUTCString`. */
function isHttpDate(value: string): boolean {
  return value.endsWith(' GMT') && new Date(value).toUTCString() === value;
}
