const NAME = '__Host-bff-session';
const PREFIX = `${NAME}=`;
const ATTRIBUTES = 'Path=/; HttpOnly; Secure; SameSite=Strict';

/** 256 bits in base64url. */
const TICKET = /^[A-Za-z0-9_-]{43}$/;

/** `Set-Cookie` for a new session; it ends with the browser, and long before by the session's own clocks. */
export function sessionCookie(ticket: string): string {
  return `${PREFIX}${ticket}; ${ATTRIBUTES}`;
}

/** `Set-Cookie` that takes the cookie away. */
export const EXPIRED_SESSION_COOKIE = `${PREFIX}; ${ATTRIBUTES}; Max-Age=0`;

/**
 * The ticket in a `Cookie` header. A cookie that is malformed, or there twice, is none: nobody can tell which of the
 * two the browser was given by us (security-bar.md SES-04).
 */
export function ticketIn(cookies: string | undefined): string | undefined {
  if (cookies === undefined) return undefined;
  const start = valueStart(cookies, 0);
  if (start === -1 || valueStart(cookies, start) !== -1) return undefined;
  const end = cookies.indexOf(';', start);
  const ticket = end === -1 ? cookies.slice(start) : cookies.slice(start, end);
  return TICKET.test(ticket) ? ticket : undefined;
}

/** Where the value of the next session cookie begins, or -1. */
function valueStart(cookies: string, from: number): number {
  let at = cookies.indexOf(PREFIX, from);
  while (at !== -1 && !beginsCookie(cookies, at)) at = cookies.indexOf(PREFIX, at + 1);
  return at === -1 ? -1 : at + PREFIX.length;
}

function beginsCookie(cookies: string, at: number): boolean {
  let before = at - 1;
  while (before >= 0 && (cookies[before] === ' ' || cookies[before] === '\t')) before -= 1;
  return before < 0 || cookies[before] === ';';
}
