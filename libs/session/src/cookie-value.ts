/** 256 bits in base64url. */
const VALUE = /^[A-Za-z0-9_-]{43}$/;

/**
 * Returns the value of a cookie in a `Cookie` header. A malformed or repeated cookie counts as absent: the
 * service cannot tell which of two cookies it issued (docs/security-requirements.md SES-04).
 * @param prefix the cookie's name and `=`
 */
export function cookieValue(cookies: string | undefined, prefix: string): string | undefined {
  if (cookies === undefined) return undefined;
  const start = valueStart(cookies, prefix, 0);
  if (start === -1 || valueStart(cookies, prefix, start) !== -1) return undefined;
  const end = cookies.indexOf(';', start);
  const value = end === -1 ? cookies.slice(start) : cookies.slice(start, end);
  return VALUE.test(value) ? value : undefined;
}

/** Returns the offset of the value of the next cookie of this name, or -1. */
function valueStart(cookies: string, prefix: string, from: number): number {
  let at = cookies.indexOf(prefix, from);
  while (at !== -1 && !beginsCookie(cookies, at)) at = cookies.indexOf(prefix, at + 1);
  return at === -1 ? -1 : at + prefix.length;
}

function beginsCookie(cookies: string, at: number): boolean {
  let before = at - 1;
  while (before >= 0 && (cookies[before] === ' ' || cookies[before] === '\t')) before -= 1;
  return before < 0 || cookies[before] === ';';
}
