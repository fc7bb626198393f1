import { type Answer, type Browser } from '../browser.js';
import { frontends } from '../start-bff.js';
import { type CertifiedProvider, type Proof } from './certified-provider.js';
import { type UserAgent } from './user-agent.js';

/** Where the provider may send browsers back to. */
export const redirectUris = Object.values(frontends).map(({ origin }) => `${origin}/session/callback`);

export const client = { clientId: 'bff', clientSecret: 'client-canary-secret', redirectUris };

/** A provider as a frontend's `oidc` names it. */
export function oidcOf({ issuer }: { readonly issuer: string }, more: object = {}): object {
  return { issuer, clientId: client.clientId, clientSecret: client.clientSecret, ...more };
}

/** Somebody whom a provider knows, as the directory file has them. */
export function personOf(
  { issuer }: { readonly issuer: string },
  subject: string,
  more: object = {},
): object {
  return { email: `${subject}@acme.example`, name: subject, identity: { issuer, subject }, ...more };
}

/** As a browser that opens a page sends it. */
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
export function comeBack(browser: Browser, callback: string): Promise<Answer> {
  const { pathname, search } = new URL(callback);
  return open(browser, pathname + search);
}

/** Where `GET /session/login` sends a browser. */
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

/** The whole way: to the provider, in as somebody, and back; gives the callback's answer. */
export async function signInAt(
  provider: CertifiedProvider,
  browser: Browser,
  subject: string,
  { agent = provider.userAgent(), returnTo, proof = {} }: Login = {},
): Promise<Answer> {
  const callback = await agent.visit(await beginLogin(browser, returnTo), subject, proof);
  return comeBack(browser, callback);
}
