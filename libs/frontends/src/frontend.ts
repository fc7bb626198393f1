import { type FrontendSettings } from '@bff/config';
import { Problem } from '@bff/problems';
import { received } from './received.js';

/**
 * Headers of every response (docs/contract.md section 3); responses of a frontend with an https origin also
 * have HSTS.
 */
const RESPONSE_HEADERS = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
} as const;

/** Two years, with subdomains, as recommended for the preload lists of browsers. */
const STRICT_TRANSPORT_SECURITY = 'max-age=63072000; includeSubDomains';

export type ResponseHeaders = Readonly<Record<string, string>>;

/** Headers of a response to a request whose host is not that of a frontend. */
export const HEADERS_WITHOUT_FRONTEND: ResponseHeaders = Object.freeze({ ...RESPONSE_HEADERS });

/** A configured frontend with values that are computed once. */
export interface Frontend extends FrontendSettings {
  /** As in the `Host` header, without a default port. */
  readonly host: string;
  /** Whether errors name received and allowed values; only in profile `development`. */
  readonly hasDetailedErrors: boolean;
  readonly responseHeaders: ResponseHeaders;
  /** The response headers as a flat list, for responses that are written directly to the socket. */
  readonly responseHeaderList: readonly string[];
}

/** Whether the frontend has access to a tenant. */
export function reaches(frontend: Pick<Frontend, 'tenants'>, tenantId: string): boolean {
  return frontend.tenants === null || frontend.tenants.has(tenantId);
}

/** Finds frontends by exact match of the `Host` header (docs/contract.md section 3). */
export class FrontendRegistry {
  private readonly byHost: ReadonlyMap<string, Frontend>;
  private readonly byName: ReadonlyMap<string, Frontend>;

  /**
   * @param hasDetailedErrors whether errors name hosts and origins, which unauthenticated callers must not
   * learn
   */
  constructor(
    settings: readonly FrontendSettings[],
    private readonly hasDetailedErrors = false,
  ) {
    const frontends = settings.map((frontend) => toFrontend(frontend, hasDetailedErrors));
    this.byHost = new Map(frontends.map((frontend) => [frontend.host, frontend]));
    this.byName = new Map(frontends.map((frontend) => [frontend.name, frontend]));
  }

  atHost(host: string | undefined): Frontend | undefined {
    return host === undefined ? undefined : this.byHost.get(host);
  }

  named(name: string): Frontend | undefined {
    return this.byName.get(name);
  }

  /** The error for a request whose `Host` is not that of a frontend. */
  unknownHost(host: string): Problem {
    if (!this.hasDetailedErrors) return new Problem('bff_unknown_host');
    const known = [...this.byHost.values()].map((frontend) => `${frontend.host} (${frontend.name})`);
    const detail = `Received the host ${received(host)}; the frontends are ${known.join(', ')}.`;
    return new Problem('bff_unknown_host', { detail });
  }

  /**
   * The error for an admin on a frontend of another class, where the role has no effect
   * (docs/contract.md sections 5 and 6).
   */
  adminFrontendRequired(errorCode: 'bff_role_required' | 'bff_tenant_not_found'): Problem {
    const origins = [...this.byHost.values()].flatMap((frontend) =>
      this.hasDetailedErrors && frontend.class === 'admin' ? frontend.origin : [],
    );
    const places = origins.length === 0 ? '' : `: ${origins.join(', ')}`;
    return new Problem(errorCode, {
      detail: 'The role admin has no effect on this frontend.',
      resolution: `Sign in on a frontend of class admin${places}.`,
    });
  }
}

function toFrontend(settings: FrontendSettings, hasDetailedErrors: boolean): Frontend {
  const { protocol, host } = new URL(settings.origin);
  const responseHeaders = Object.freeze(
    protocol === 'https:'
      ? { ...RESPONSE_HEADERS, 'strict-transport-security': STRICT_TRANSPORT_SECURITY }
      : { ...RESPONSE_HEADERS },
  );
  const responseHeaderList = Object.freeze(Object.entries(responseHeaders).flat());
  return Object.freeze({ ...settings, host, hasDetailedErrors, responseHeaders, responseHeaderList });
}
