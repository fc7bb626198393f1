import { type IncomingHttpHeaders } from 'node:http';
import { Problem } from '@bff/problems';
import { type Frontend, type ResponseHeaders } from './frontend.js';
import { received } from './received.js';

/**
 * The kind of request that a route expects: a call by a script, a navigation of a browser, or a call by a
 * server.
 */
export type Intent = 'call' | 'navigation' | 'server';

/**
 * Checks CSRF header, Fetch Metadata and Origin of every request, including reads (docs/contract.md section
 * 3).
 * @throws Problem `bff_csrf_header_required` or `bff_origin_not_allowed`
 */
export function checkBrowser(frontend: Frontend, headers: IncomingHttpHeaders, intent: Intent): void {
  const csrf = headers['x-csrf'];
  // Navigations and servers do not need the header; if they send it, it must have the same value, once.
  if (csrf !== '1' && (intent === 'call' || csrf !== undefined))
    throw new Problem('bff_csrf_header_required');
  const { origin } = headers;
  if (origin !== undefined && !frontend.origins.has(origin)) throw originNotAllowed(frontend, origin);
  const site = headers['sec-fetch-site'];
  if (site !== undefined && !siteAllowed(site, origin, headers, intent)) {
    const what = `Sec-Fetch-Site: ${received(site)}${origin === undefined ? ' without Origin' : ''}`;
    throw originProblem(
      frontend,
      `Received ${what}; ${frontend.name} allows same-origin, and same-site from a listed origin.`,
    );
  }
}

/** The error for an origin that the frontend does not list. */
export function originNotAllowed(frontend: Frontend, origin: string): Problem {
  const listed = [...frontend.origins].join(', ');
  return originProblem(
    frontend,
    `Received the origin ${received(origin)}; ${frontend.name} allows ${listed} (BFF_FRONTENDS, origins).`,
  );
}

function originProblem({ hasDetailedErrors }: Frontend, detail: string): Problem {
  return new Problem('bff_origin_not_allowed', hasDetailedErrors ? { detail } : {});
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
      // An origin is listed, because others were rejected above. A navigation without one comes from a link
      // or an identity provider on a sibling host.
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

/** CORS headers of a response to a listed origin: the exact origin, with credentials. */
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

/** Maximum time in seconds for which a browser may cache a preflight response. */
const PREFLIGHT_SECONDS = 600;

/**
 * Returns the headers of a preflight response. The browser compares its request with the lists (Fetch
 * standard, CORS-preflight fetch).
 * @param methods the methods of the route
 * @returns null for an origin that is not listed
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
