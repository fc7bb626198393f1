import { cookieValue } from './cookie-value.js';

const PREFIX = '__Host-bff-session=';
const ATTRIBUTES = 'Path=/; HttpOnly; Secure; SameSite=Strict';

/** Returns `Set-Cookie` for a new session, without an expiry: the session's own limits end it earlier. */
export function sessionCookie(ticket: string): string {
  return `${PREFIX}${ticket}; ${ATTRIBUTES}`;
}

/** `Set-Cookie` that deletes the session cookie. */
export const EXPIRED_SESSION_COOKIE = `${PREFIX}; ${ATTRIBUTES}; Max-Age=0`;

/** Returns the ticket in a `Cookie` header; undefined if absent, malformed or repeated. */
export function ticketIn(cookies: string | undefined): string | undefined {
  return cookieValue(cookies, PREFIX);
}
