import { type IncomingHttpHeaders } from 'node:http';
import { Problem } from '@bff/problems';
import { type Frontend, type ResponseHeaders } from './frontend.js';
import { received } from './received.js';

/** What kind of request a route expects: a call by a script, a page that a person opens, or a call by another server. */
export type Intent = 'call' | 'navigation' | 'server';

/**
 * CSRF header, Fetch-Metadata and Origin (docs/contract.md section 3), on reads too.
 * @throws Problem `bff_csrf_header_required` or `bff_origin_not_allowed`
 */
export function checkBrowser(frontend: Frontend, headers: IncomingHttpHeaders, intent: Intent): void {
  const csrf = headers['x-csrf'];
  // Navigations and servers send no such header; if one comes nevertheless, it must be the one, and once.
  if (csrf !== '1' && (intent === 'call' || csrf !== undefined))
    throw new Problem('bff_csrf_header_required');
  const { origin } = headers;
  if (origin !== undefined && !frontend.origins.has(origin)) throw originNotAllowed(frontend, origin);
  const site = headers['sec-fetch-site'];
  if (site !== undefined && !siteAllowed(site, origin, headers, intent)) {
    const what = `Sec-Fetch-Site: ${received(site)}${origin === undefined ? ' without Origin' : ''}`;
    throw refusal(
      frontend,
      `Received ${what}; ${frontend.name} allows same-origin, and same-site from a listed origin.`,
    );
  }
}

/** The refusal of an origin that the frontend does not list. */
export function originNotAllowed(frontend: Frontend, origin: string): Problem {
  const listed = [...frontend.origins].join(', ');
  return refusal(
    frontend,
    `Received the origin ${received(origin)}; ${frontend.name} allows ${listed} (BFF_FRONTENDS, origins).`,
  );
}

function refusal({ explains }: Frontend, detail: string): Problem {
  return new Problem('bff_origin_not_allowed', explains ? { detail } : {});
}

function siteAllowed(
  site: string,
  origin: string | undefined,
  headers: IncomingHttpHeaders,
  intent: Intent,
): boolean {
  switch (site) {
    case 'same-origin':
      return true;
    case 'same-site':
      // The frontend lists the origin, or the request was rejected before. Without one, a link or an identity provider
      // on a sibling host leads here.
      return origin !== undefined || (intent === 'navigation' && isPage(headers));
    case 'none':
    case 'cross-site':
      return intent === 'navigation' && isPage(headers);
    default:
      return false;
  }
}

function isPage(headers: IncomingHttpHeaders): boolean {
  return (headers['sec-fetch-dest'] ?? 'document') === 'document';
}

/** Headers of an answer to a listed origin: exact echo, with credentials. */
export function corsHeaders(origin: string): ResponseHeaders {
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': 'X-Request-Id, Retry-After, Idempotency-Replayed',
    vary: 'Origin',
  };
}

/** Request headers that a frontend may send from another origin (docs/contract.md section 3). */
const ALLOWED_REQUEST_HEADERS =
  'Content-Type, X-CSRF, Idempotency-Key, Last-Event-ID, Prefer, traceparent, tracestate';

/** How long a browser may remember the answer to a preflight. */
const PREFLIGHT_SECONDS = 600;

/**
 * The answer to a preflight for a route that knows these methods; null for an origin that is not listed.
 * Browsers compare what they want to do with the lists themselves (Fetch standard, CORS-preflight fetch).
 */
export function preflightHeaders(
  frontend: Frontend,
  origin: string,
  methods: readonly string[],
): ResponseHeaders | null {
  if (!frontend.origins.has(origin)) return null;
  return {
    ...corsHeaders(origin),
    'access-control-allow-methods': methods.join(', '),
    'access-control-allow-headers': ALLOWED_REQUEST_HEADERS,
    'access-control-max-age': String(PREFLIGHT_SECONDS),
  };
}
