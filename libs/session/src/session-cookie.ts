import { cookieValue } from './cookie-value.js';

const PREFIX = '__Host-bff-session=';
const ATTRIBUTES = 'Path=/; HttpOnly; Secure; SameSite=Strict';

/** `Set-Cookie` for a new session; it ends with the browser, and long before by the session's own clocks. */
export function sessionCookie(ticket: string): string {
  return `${PREFIX}${ticket}; ${ATTRIBUTES}`;
}

/** `Set-Cookie` that takes the cookie away. */
export const EXPIRED_SESSION_COOKIE = `${PREFIX}; ${ATTRIBUTES}; Max-Age=0`;

/** The ticket in a `Cookie` header. */
export function ticketIn(cookies: string | undefined): string | undefined {
  return cookieValue(cookies, PREFIX);
}
