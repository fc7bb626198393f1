import { type FrontendSettings } from '@bff/config';
import { Problem } from '@bff/problems';
import { received } from './received.js';

/**
 * Headers of every response (docs/contract.md section 3); a frontend that is reached over TLS also gets HSTS.
 */
const RESPONSE_HEADERS = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
} as const;

/** Two years, sub-domains included: the value that browsers' preload lists ask for. */
const STRICT_TRANSPORT_SECURITY = 'max-age=63072000; includeSubDomains';

export type ResponseHeaders = Readonly<Record<string, string>>;

/** Headers of a response to a request whose host is not that of a frontend. */
export const HEADERS_WITHOUT_FRONTEND: ResponseHeaders = Object.freeze({ ...RESPONSE_HEADERS });

/** A configured frontend with what is worked out from it once. */
export interface Frontend extends FrontendSettings {
  /** As in the `Host` header: a default port is left out. */
  readonly host: string;
  /** Whether refusals name what was received and what is allowed: in profile `development` alone. */
  readonly explains: boolean;
  readonly responseHeaders: ResponseHeaders;
  /** The same as a flat list, for responses that are written to the socket directly. */
  readonly responseHeaderList: readonly string[];
}

/** Whether the frontend may reach a tenant at all. */
export function reaches(frontend: Pick<Frontend, 'tenants'>, tenantId: string): boolean {
  return frontend.tenants === null || frontend.tenants.has(tenantId);
}

/** The frontends by `Host`: an exact match or none (docs/contract.md section 3). */
export class FrontendRegistry {
  private readonly byHost: ReadonlyMap<string, Frontend>;
  private readonly byName: ReadonlyMap<string, Frontend>;

  /** @param explains whether refusals may name hosts and origins; they are not for strangers */
  constructor(
    settings: readonly FrontendSettings[],
    private readonly explains = false,
  ) {
    const frontends = settings.map((frontend) => toFrontend(frontend, explains));
    this.byHost = new Map(frontends.map((frontend) => [frontend.host, frontend]));
    this.byName = new Map(frontends.map((frontend) => [frontend.name, frontend]));
  }

  atHost(host: string | undefined): Frontend | undefined {
    return host === undefined ? undefined : this.byHost.get(host);
  }

  named(name: string): Frontend | undefined {
    return this.byName.get(name);
  }

  /** The refusal of a request whose `Host` is not that of a frontend. */
  unknownHost(host: string): Problem {
    if (!this.explains) return new Problem('bff_unknown_host');
    const known = [...this.byHost.values()].map((frontend) => `${frontend.host} (${frontend.name})`);
    const detail = `Received the host ${received(host)}; the frontends are ${known.join(', ')}.`;
    return new Problem('bff_unknown_host', { detail });
  }

  /**
   * The refusal of an admin on a frontend of another class, where the role does not count
   * (docs/contract.md sections 5 and 6).
   */
  adminFrontendRequired(errorCode: 'bff_role_required' | 'bff_tenant_not_found'): Problem {
    const origins = [...this.byHost.values()].flatMap((frontend) =>
      this.explains && frontend.class === 'admin' ? frontend.origin : [],
    );
    const places = origins.length === 0 ? '' : `: ${origins.join(', ')}`;
    return new Problem(errorCode, {
      detail: 'The role admin has no effect on this frontend.',
      resolution: `Sign in on a frontend of class admin${places}.`,
    });
  }
}

function toFrontend(settings: FrontendSettings, explains: boolean): Frontend {
  const { protocol, host } = new URL(settings.origin);
  const responseHeaders = Object.freeze(
    protocol === 'https:'
      ? { ...RESPONSE_HEADERS, 'strict-transport-security': STRICT_TRANSPORT_SECURITY }
      : { ...RESPONSE_HEADERS },
  );
  const responseHeaderList = Object.freeze(Object.entries(responseHeaders).flat());
  return Object.freeze({ ...settings, host, explains, responseHeaders, responseHeaderList });
}
