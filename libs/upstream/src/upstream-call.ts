import { type AuditActor } from '@bff/audit';
import { type TenantAccess } from '@bff/tenancy';

/** What is asked of the upstream, below `/v1/projects/{projectId}/`. */
export interface UpstreamCall {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: 'whatsapp' | 'whatsapp/activities' | 'whatsapp/comments';
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  /** Validated; sent as JSON. */
  readonly body?: object;
}

/** Whose call it is, and who waits for it. */
export interface ForwardScope extends TenantAccess {
  /** A UUID; sent on as `X-Request-Id` and as the trace id. */
  readonly requestId: string;
  /** The actor, for the audit log. */
  readonly actor: AuditActor;
  /**
   * The access of this moment: that of a call which begins now.
   * @throws Problem where there is none any more
   */
  currentAccess(): TenantAccess;
  /** The name of the route, for the audit log. */
  readonly operation: string | null;
  /** Notes where the call went and how long that took, for the log. */
  upstream: { server: string; ms: number } | null;
  /** Calls back once, when the answer was written whole (`true`) or the browser left before (`false`). */
  onClosed(listener: (whole: boolean) => void): void;
}

/** The request target on a server: its base path, the tenant's project, the call, and the query in the given order. */
export function requestTarget(base: URL, projectId: string, { path, query }: UpstreamCall): string {
  const prefix = base.pathname === '/' ? '' : base.pathname.replace(/\/$/, '');
  const target = `${prefix}/v1/projects/${encodeURIComponent(projectId)}/${path}`;
  let separator = '?';
  let pairs = '';
  for (const name in query) {
    const value = query[name];
    if (value === undefined) continue;
    pairs += `${separator}${name}=${encodeURIComponent(value)}`;
    separator = '&';
  }
  return target + pairs;
}

/**
 * The headers of a call, all of them (docs/security-requirements.md PRX-05 to PRX-08); nothing of the
 * browser's is among them. A flat list of names and values, as undici writes it.
 */
export function requestHeaders(requestId: string, authorization: string, hasBody: boolean): string[] {
  const traceId = requestId.replaceAll('-', '');
  const headers = [
    'accept',
    'application/json',
    'authorization',
    authorization,
    'x-request-id',
    requestId,
    'traceparent',
    `00-${traceId}-${traceId.slice(16)}-01`,
  ];
  if (hasBody) headers.push('content-type', 'application/json');
  return headers;
}
