import { type Answer, type Browser, type BrowserRequest } from './browser.js';
import { type RouteDefinition, type RouteName, ROUTES } from '../../apps/bff/src/http/routes.js';

/** Every secret of a test contains this word. */
export const CANARY = 'canary';

type Note = (pending: Promise<Answer>) => Promise<Answer>;

const everyField = {
  ...{ email: CANARY, password: CANARY, current: CANARY, new: CANARY, code: CANARY, reason: CANARY },
  ...{ comment: CANARY, wabaName: CANARY, clientBusinessManagerId: CANARY, id: CANARY, name: CANARY },
  ...{
    projectId: CANARY,
    scheme: CANARY,
    keyId: CANARY,
    keySecret: CANARY,
    totpSecret: CANARY,
    role: CANARY,
  },
  ...{ identity: { issuer: CANARY, subject: CANARY }, memberships: [{ tenant: CANARY, role: CANARY }] },
};
const query = Object.values<RouteDefinition>(ROUTES).flatMap(({ query: names = [] }) => names);
const canaryQuery = `?${[...new Set(query)].map((name) => `${name}=${CANARY}`).join('&')}`;
/** Routes that succeed without a body and end sessions and elevations of the test. */
const ENDS: readonly RouteName[] = ['session.end', 'session.end-elevation', 'sessions.end-others'];

/** Requests every route, with a canary in every part of the request. */
export async function askEveryRoute(browser: Browser, note: Note): Promise<void> {
  for (const [name, { method, path }] of Object.entries<RouteDefinition>(ROUTES)) {
    const known = path.replace(':tenantId', 'acme').replace(/:\w+/g, CANARY);
    const unknown = path.replace(/:\w+/g, CANARY);
    const request: BrowserRequest = {
      headers: {
        authorization: `Bearer ${CANARY}`,
        'user-agent': CANARY,
        referer: `https://${CANARY}.test/`,
      },
      ...(method !== 'GET' && { body: everyField }),
    };
    await note(browser.request(method, `${known}?unlisted=${CANARY}`, request));
    await note(browser.request(method, known + canaryQuery, request));
    await note(browser.request(method, unknown, request));
    if (method !== 'GET') {
      const headers = { ...request.headers, 'content-type': 'application/json' };
      await note(browser.request(method, known, { rawBody: `{"password":"${CANARY}`, headers }));
      await note(
        browser.request(method, known, {
          rawBody: `password=${CANARY}`,
          headers: { 'content-type': CANARY },
        }),
      );
    }
    if (method === 'GET') await note(browser.get(known));
    else if (!ENDS.includes(name as RouteName)) await note(browser.request(method, unknown));
  }
}

const SEALED_OR_ISSUED = /token-(?:production|staging|admin)|argon2|bff1\.|eyJ[\w-]{10}/i;

/** @returns the texts with a secret, plain or in base64 */
export function textsWithSecrets(texts: readonly string[], secrets: ReadonlySet<string>): string[] {
  const codes = new RegExp(`\\b(?:${[...secrets].filter((secret) => secret.length < 10).join('|')})\\b`);
  const values = [...secrets].filter((secret) => secret.length >= 10);
  return texts.filter((text) => {
    const words = text.match(/[A-Za-z0-9+/_-]{8,}={0,2}/g) ?? [];
    const decoded = words.map((word) => Buffer.from(word, 'base64').toString('latin1'));
    if (SEALED_OR_ISSUED.test(text) || codes.test(text)) return true;
    if ([text, ...decoded].some((part) => part.toLowerCase().includes(CANARY))) return true;
    return values.some((value) => text.includes(value));
  });
}
