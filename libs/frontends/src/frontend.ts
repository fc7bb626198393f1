import { type FrontendSettings } from '@bff/config';

/** Headers that every answer carries (contract.md section 3), and HSTS where the frontend is reached over TLS. */
const ANSWER_HEADERS = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
} as const;

/** Two years, sub-domains included: the value that browsers' preload lists ask for. */
const STRICT_TRANSPORT_SECURITY = 'max-age=63072000; includeSubDomains';

export type AnswerHeaders = Readonly<Record<string, string>>;

/** Headers of an answer that no frontend could be found for. */
export const HEADERS_WITHOUT_FRONTEND: AnswerHeaders = Object.freeze({ ...ANSWER_HEADERS });

/** A configured frontend with what is worked out from it once. */
export interface Frontend extends FrontendSettings {
  /** As in the `Host` header: a default port is left out. */
  readonly host: string;
  readonly answerHeaders: AnswerHeaders;
  /** The same as a flat list, for answers that are written without detours. */
  readonly answerHeaderList: readonly string[];
}

/** Whether the frontend may reach a tenant at all. */
export function reaches(frontend: Pick<Frontend, 'tenants'>, tenantId: string): boolean {
  return frontend.tenants === null || frontend.tenants.has(tenantId);
}

/** The frontends by `Host`: an exact match or none (contract.md section 3). */
export class FrontendRegistry {
  private readonly byHost: ReadonlyMap<string, Frontend>;
  private readonly byName: ReadonlyMap<string, Frontend>;

  constructor(settings: readonly FrontendSettings[]) {
    const frontends = settings.map(toFrontend);
    this.byHost = new Map(frontends.map((frontend) => [frontend.host, frontend]));
    this.byName = new Map(frontends.map((frontend) => [frontend.name, frontend]));
  }

  atHost(host: string | undefined): Frontend | undefined {
    return host === undefined ? undefined : this.byHost.get(host);
  }

  named(name: string): Frontend | undefined {
    return this.byName.get(name);
  }
}

function toFrontend(settings: FrontendSettings): Frontend {
  const { protocol, host } = new URL(settings.origin);
  const answerHeaders = Object.freeze(
    protocol === 'https:'
      ? { ...ANSWER_HEADERS, 'strict-transport-security': STRICT_TRANSPORT_SECURITY }
      : { ...ANSWER_HEADERS },
  );
  const answerHeaderList = Object.freeze(Object.entries(answerHeaders).flat());
  return Object.freeze({ ...settings, host, answerHeaders, answerHeaderList });
}
