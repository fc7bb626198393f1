interface Entry {
  readonly status: number;
  readonly message: string;
  readonly resolution: string;
}

/**
 * Status and texts of every error code of this service (docs/contract.md section 3, "Errors"). Error
 * responses and the API documentation are generated from this table, which alone maps `bff_*` codes to
 * statuses.
 */
export const CATALOGUE = {
  bff_invalid_input: {
    status: 400,
    message: 'Invalid input.',
    resolution: 'Fix the problems in additionalInformation.validationErrors and send the request again.',
  },
  bff_session_required: {
    status: 401,
    message: 'A session is required.',
    resolution: 'Sign in and send the request again.',
  },
  bff_invalid_credentials: {
    status: 401,
    message: 'Invalid credentials.',
    resolution: 'Check e-mail address and password.',
  },
  bff_csrf_header_required: {
    status: 403,
    message: 'The header X-CSRF: 1 is required.',
    resolution: 'Send the header X-CSRF: 1 with every request, including reads.',
  },
  bff_origin_not_allowed: {
    status: 403,
    message: 'This origin is not allowed.',
    resolution: 'Send the request from an origin that is configured for the frontend.',
  },
  bff_role_required: {
    status: 403,
    message: 'Your role does not allow this.',
    resolution: 'Request the role that this operation requires.',
  },
  bff_elevation_refused: {
    status: 403,
    message: 'The elevation was rejected.',
    resolution: 'Enter a current code of your enrolled second factor; each code can be used once.',
  },
  bff_elevation_required: {
    status: 403,
    message: 'This operation requires an elevated session.',
    resolution: 'Elevate the session as described in additionalInformation and send the request again.',
  },
  bff_tenant_not_found: {
    status: 404,
    message: 'Tenant not found.',
    resolution: 'Check the tenant id against GET /v1/tenants.',
  },
  bff_route_not_found: {
    status: 404,
    message: 'Route not found.',
    resolution: 'Check the method and the path.',
  },
  bff_method_not_allowed: {
    status: 405,
    message: 'Method not allowed.',
    resolution: 'Use one of the methods in the Allow header.',
  },
  bff_not_found: {
    status: 404,
    message: 'Not found.',
    resolution: 'Check the id.',
  },
  bff_request_timeout: {
    status: 408,
    message: 'The request was not received in time.',
    resolution: 'Send the complete headers and body without delay.',
  },
  bff_conflict: {
    status: 409,
    message: 'The change conflicts with the directory.',
    resolution: 'Read the record again and repeat the change.',
  },
  bff_credentials_refused: {
    status: 422,
    message: 'The token endpoint rejected these credentials.',
    resolution: 'Check the key id and the key secret; nothing was stored.',
  },
  bff_payload_too_large: {
    status: 413,
    message: 'The request body is too large.',
    resolution: 'Send at most 1 MiB.',
  },
  bff_unsupported_media_type: {
    status: 415,
    message: 'The media type is not supported.',
    resolution: 'Send the request body as application/json.',
  },
  bff_unknown_host: {
    status: 421,
    message: 'No frontend is configured for this host.',
    resolution: 'Send the request to the host of a frontend.',
  },
  bff_too_many_attempts: {
    status: 429,
    message: 'Too many failed attempts.',
    resolution: 'Try again after the time in the Retry-After header.',
  },
  bff_rate_limited: {
    status: 429,
    message: 'The upstream limits the request rate.',
    resolution: 'Send the request again after the time in the Retry-After header.',
  },
  bff_headers_too_large: {
    status: 431,
    message: 'The request line and headers are too large.',
    resolution: 'Send at most 16 KiB of request line and headers.',
  },
  bff_internal_error: {
    status: 500,
    message: 'Internal error.',
    resolution: 'Try again later; include the requestId when you report the problem.',
  },
  bff_upstream_credentials_rejected: {
    status: 502,
    message: "The upstream rejected the tenant's credentials.",
    resolution: "Ask an admin to check the tenant's credentials.",
  },
  bff_upstream_unreachable: {
    status: 502,
    message: 'The upstream could not be reached.',
    resolution: 'Try again later.',
  },
  bff_upstream_invalid_response: {
    status: 502,
    message: 'The upstream returned an invalid response.',
    resolution: 'Try again later.',
  },
  bff_upstream_unavailable: {
    status: 503,
    message: 'The upstream is not available for this tenant.',
    resolution:
      'Try again later; if the problem persists, ask an admin to check the server and the credentials.',
  },
  bff_session_store_unavailable: {
    status: 503,
    message: 'The session store is unavailable.',
    resolution: 'Try again later; the session is kept.',
  },
  bff_directory_unavailable: {
    status: 503,
    message: 'The directory is unavailable.',
    resolution: 'Try again later.',
  },
  bff_audit_unavailable: {
    status: 503,
    message: 'This action requires audit logging, which is unavailable.',
    resolution: 'Try again later; the action was not performed.',
  },
  bff_overloaded: {
    status: 503,
    message: 'Too many requests are in flight.',
    resolution: 'Try again later.',
  },
  bff_upstream_timeout: {
    status: 504,
    message: 'The upstream did not respond in time.',
    resolution: 'Try again later.',
  },
} as const satisfies Record<string, Entry>;

export type ProblemCode = keyof typeof CATALOGUE;
