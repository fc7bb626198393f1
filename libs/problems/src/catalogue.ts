interface Entry {
  readonly status: number;
  readonly message: string;
  readonly resolution: string;
}

/**
 * Every error of our own: its status and its words (docs/contract.md section 3, "Errors").
 * Filters, parser-level answers and documents are drawn from this table; nothing else knows a `bff_*` status.
 */
export const CATALOGUE = {
  bff_invalid_input: {
    status: 400,
    message: 'Invalid input.',
    resolution: 'Fix what additionalInformation.validationErrors lists and send the request again.',
  },
  bff_session_required: {
    status: 401,
    message: 'A session is required.',
    resolution: 'Sign in and send the request again.',
  },
  bff_invalid_credentials: {
    status: 401,
    message: 'The credentials were not accepted.',
    resolution: 'Check e-mail address and password.',
  },
  bff_csrf_header_required: {
    status: 403,
    message: 'The header X-CSRF: 1 is required.',
    resolution: 'Send the header X-CSRF: 1 with every request, reads included.',
  },
  bff_origin_not_allowed: {
    status: 403,
    message: 'This origin may not call this frontend.',
    resolution: 'Call from an origin that the frontend lists.',
  },
  bff_role_required: {
    status: 403,
    message: 'Your role does not allow this.',
    resolution: 'Ask for the role that this operation needs.',
  },
  bff_elevation_refused: {
    status: 403,
    message: 'The elevation was refused.',
    resolution: 'Use a current code of the second factor that is enrolled for you; every code counts once.',
  },
  bff_elevation_required: {
    status: 403,
    message: 'This operation needs an elevated session.',
    resolution: 'Elevate the session as additionalInformation says and send the request again.',
  },
  bff_tenant_not_found: {
    status: 404,
    message: 'Tenant not found.',
    resolution: 'Check the tenant id against GET /v1/tenants.',
  },
  bff_route_not_found: {
    status: 404,
    message: 'Route not found.',
    resolution: 'Check method and path.',
  },
  bff_method_not_allowed: {
    status: 405,
    message: 'Method not allowed.',
    resolution: 'Use one of the methods that the Allow header lists.',
  },
  bff_not_found: {
    status: 404,
    message: 'Not found.',
    resolution: 'Check the id.',
  },
  bff_request_timeout: {
    status: 408,
    message: 'The request came too slowly.',
    resolution: 'Send headers and body without pauses.',
  },
  bff_conflict: {
    status: 409,
    message: 'The change clashes with the directory.',
    resolution: 'Read the record again and repeat the change.',
  },
  bff_credentials_refused: {
    status: 422,
    message: 'The token endpoint refused these credentials.',
    resolution: 'Check key id and key secret; nothing was stored.',
  },
  bff_payload_too_large: {
    status: 413,
    message: 'The body is too large.',
    resolution: 'Send at most 1 MiB.',
  },
  bff_unsupported_media_type: {
    status: 415,
    message: 'The media type is not supported.',
    resolution: 'Send the body as application/json.',
  },
  bff_unknown_host: {
    status: 421,
    message: 'No frontend answers under this host.',
    resolution: "Call the service under a frontend's own host.",
  },
  bff_too_many_attempts: {
    status: 429,
    message: 'Too many failed attempts.',
    resolution: 'Wait as long as Retry-After says.',
  },
  bff_rate_limited: {
    status: 429,
    message: 'The upstream asks for fewer requests.',
    resolution: 'Wait as long as Retry-After says and send the request again.',
  },
  bff_headers_too_large: {
    status: 431,
    message: 'Request line and headers are too large.',
    resolution: 'Send at most 16 KiB of request line and headers.',
  },
  bff_internal_error: {
    status: 500,
    message: 'Internal error.',
    resolution: 'Try again later; when reporting it, name the requestId.',
  },
  bff_upstream_credentials_rejected: {
    status: 502,
    message: "The upstream refused the tenant's credentials.",
    resolution: "Have the tenant's credentials checked by an administrator.",
  },
  bff_upstream_unreachable: {
    status: 502,
    message: 'The upstream could not be reached.',
    resolution: 'Try again later.',
  },
  bff_upstream_invalid_response: {
    status: 502,
    message: 'The upstream gave an answer that cannot be passed on.',
    resolution: 'Try again later.',
  },
  bff_upstream_unavailable: {
    status: 503,
    message: 'The upstream is not available for this tenant.',
    resolution: 'Try again later; if it stays, have server and credentials configured.',
  },
  bff_session_store_unavailable: {
    status: 503,
    message: 'Sessions cannot be read at the moment.',
    resolution: 'Try again later; the session is kept.',
  },
  bff_directory_unavailable: {
    status: 503,
    message: 'The directory cannot be read at the moment.',
    resolution: 'Try again later.',
  },
  bff_audit_unavailable: {
    status: 503,
    message: 'What you do here must be recorded, and cannot be at the moment.',
    resolution: 'Try again later; nothing was done.',
  },
  bff_overloaded: {
    status: 503,
    message: 'Too many requests are in flight.',
    resolution: 'Try again later.',
  },
  bff_upstream_timeout: {
    status: 504,
    message: 'The upstream did not answer in time.',
    resolution: 'Try again later.',
  },
} as const satisfies Record<string, Entry>;

export type ProblemCode = keyof typeof CATALOGUE;
