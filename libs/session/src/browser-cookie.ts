import { randomBytes } from 'node:crypto';
import { cookieValue } from './cookie-value.js';

const PREFIX = '__Host-bff-browser=';
const ATTRIBUTES = 'Path=/; HttpOnly; Secure; SameSite=Lax';
const VALUE_BYTES = 32;

/** What identifies a browser on one frontend, and the `Set-Cookie` lines that its response needs. */
export interface BrowserIdentity {
  readonly value: string;
  readonly setCookies: readonly string[];
}

/** The value of the browser cookie in a `Cookie` header; undefined where it is absent, malformed or repeated. */
export function browserIn(cookies: string | undefined): string | undefined {
  return cookieValue(cookies, PREFIX);
}

/**
 * The browser cookie of a request, or a new one. It grants nothing: it lets a sign-in find the earlier
 * session of its browser, whose Strict cookie is withheld when a provider sends the browser back
 * (docs/contract.md section 3).
 */
export function browserOf(cookies: string | undefined): BrowserIdentity {
  const known = browserIn(cookies);
  if (known !== undefined) return { value: known, setCookies: [] };
  const value = randomBytes(VALUE_BYTES).toString('base64url');
  return { value, setCookies: [`${PREFIX}${value}; ${ATTRIBUTES}`] };
}
