import { type AuditActor } from '@bff/audit';
import { type TenantAccess } from '@bff/tenancy';

/** A call to the upstream; `path` is relative to `/v1/projects/{projectId}/`. */
export interface UpstreamCall {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: 'whatsapp' | 'whatsapp/activities' | 'whatsapp/comments';
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  /** Validated; sent as JSON. */
  readonly body?: object;
}

/** The context of a call: its access, its actor, and the connection of the browser. */
export interface ForwardScope extends TenantAccess {
  /** A UUID; sent to the upstream as `X-Request-Id` and as the trace id. */
  readonly requestId: string;
  /** The actor, for the audit log. */
  readonly actor: AuditActor;
  /**
   * Returns the access that a new call of the same session would have, without waiting.
   * @throws Problem if the access no longer exists
   * @throws NotInMemoryError if {@link currentSession} must be read first
   */
  currentAccess(): TenantAccess;
  /** Reads the session of the request again. @throws Problem if it has ended */
  currentSession(): Promise<unknown>;
  /** The time in milliseconds that the caller wants to wait at most; null for the time-out of the service. */
  readonly waitMs: number | null;
  /** The name of the route, for the audit log. */
  readonly operation: string | null;
  /**
   * The server and the duration of the call in milliseconds, for the request log; null until the call has
   * ended.
   */
  upstream: { server: string; ms: number } | null;
  /**
   * Calls back once: with `true` when the response was written completely, with `false` if the browser
   * disconnected before.
   */
  onClosed(listener: (whole: boolean) => void): void;
}

/**
 * Builds the request target: base path of the server, project of the tenant, path of the call, query in the
 * given order.
 */
export function requestTarget(basePath: string, projectId: string, { path, query }: UpstreamCall): string {
  const target = `${basePath}/v1/projects/${encodeURIComponent(projectId)}/${path}`;
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
 * Builds all headers of a call (docs/security-requirements.md PRX-05 to PRX-08); headers of the browser are
 * never forwarded.
 * @returns a flat list of names and values, as undici expects it
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
