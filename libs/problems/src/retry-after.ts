/**
 * The value of a peer's `Retry-After` that may be passed on: whole seconds or an HTTP date (RFC 9110 section 10.2.3).
 * @param value as Node's and undici's header objects hold it; a repeated header is a list there
 * @returns undefined if the header is absent, repeated or has another form
 */
export function retryAfterOf(value: unknown): string | undefined {
  return typeof value === 'string' && (/^\d{1,9}$/.test(value) || isHttpDate(value)) ? value : undefined;
}

/** An IMF-fixdate (RFC 9110 section 5.6.7) of a day that exists: the one form that `toUTCString` writes. */
function isHttpDate(value: string): boolean {
  return value.endsWith(' GMT') && new Date(value).toUTCString() === value;
}
