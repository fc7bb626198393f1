import { randomBytes } from 'node:crypto';
import { cookieValue } from './cookie-value.js';

const PREFIX = '__Host-bff-browser=';
const ATTRIBUTES = 'Path=/; HttpOnly; Secure; SameSite=Lax';
const VALUE_BYTES = 32;

/** The identity of a browser on one frontend, and the `Set-Cookie` lines that its response needs. */
export interface BrowserIdentity {
  readonly value: string;
  readonly setCookies: readonly string[];
}

/**
 * Returns the value of the browser cookie in a `Cookie` header; undefined if absent, malformed or repeated.
 */
export function browserIn(cookies: string | undefined): string | undefined {
  return cookieValue(cookies, PREFIX);
}

/**
 * Returns the browser cookie of a request, or a new one. The cookie grants no access: it lets a sign-in find
 * the browser's earlier session, because browsers withhold the Strict session cookie when a provider
 * redirects back (docs/contract.md section 3).
 */
export function browserOf(cookies: string | undefined): BrowserIdentity {
  const known = browserIn(cookies);
  if (known !== undefined) return { value: known, setCookies: [] };
  const value = randomBytes(VALUE_BYTES).toString('base64url');
  return { value, setCookies: [`${PREFIX}${value}; ${ATTRIBUTES}`] };
}
