import { type Answer, type Browser } from '../browser.js';
import { frontends } from '../start-bff.js';
import { type CertifiedProvider, type Proof } from './certified-provider.js';
import { type UserAgent } from './user-agent.js';

/** The redirect addresses of the client. */
export const redirectUris = Object.values(frontends).map(({ origin }) => `${origin}/session/callback`);

export const client = { clientId: 'bff', clientSecret: 'client-canary-secret', redirectUris };

/** The member `oidc` of a frontend for a provider. */
export function oidcOf({ issuer }: { readonly issuer: string }, more: object = {}): object {
  return { issuer, clientId: client.clientId, clientSecret: client.clientSecret, ...more };
}

/** A user of a provider, as in the directory file. */
export function personOf(
  { issuer }: { readonly issuer: string },
  subject: string,
  more: object = {},
): object {
  return { email: `${subject}@acme.example`, name: subject, identity: { issuer, subject }, ...more };
}

/** The headers of a navigation in a browser. */
export const asNavigation = {
  'x-csrf': undefined,
  'sec-fetch-site': 'cross-site',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
};

export function open(browser: Browser, path: string): Promise<Answer> {
  return browser.get(path, undefined, asNavigation);
}

/** Opens the address that a provider sent the browser back to. */
export function followCallback(browser: Browser, callback: string): Promise<Answer> {
  const { pathname, search } = new URL(callback);
  return open(browser, pathname + search);
}

/** The address to which `GET /session/login` redirects a browser. */
export async function beginLogin(browser: Browser, returnTo?: string): Promise<string> {
  const query = returnTo === undefined ? '' : `?returnTo=${encodeURIComponent(returnTo)}`;
  const answer = await open(browser, `/session/login${query}`);
  if (answer.status !== 302) throw new Error(`No sign-in began: ${answer.status} ${answer.text}`);
  return answer.headers.location ?? '';
}

export interface Login {
  readonly agent?: UserAgent;
  readonly returnTo?: string;
  readonly proof?: Proof;
}

/** A complete sign-in at a provider. @returns the response to the callback */
export async function signInAt(
  provider: CertifiedProvider,
  browser: Browser,
  subject: string,
  { agent = provider.userAgent(), returnTo, proof = {} }: Login = {},
): Promise<Answer> {
  const callback = await agent.visit(await beginLogin(browser, returnTo), subject, proof);
  return followCallback(browser, callback);
}
