import { type Need } from '@bff/tenancy';

/** The query parameters of all routes; a request with any other is rejected. */
export type QueryName =
  | 'pageToken'
  | 'pageSize'
  | 'returnTo'
  | 'userId'
  | 'tenantId'
  | 'actor'
  | 'code'
  | 'state'
  | 'iss'
  | 'error';

export interface RouteDefinition {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly needs: Need;
  /** The success status of the service's own responses; a relayed response keeps the status of the upstream. */
  readonly status: number;
  /**
   * The caller, if it is not a script of a frontend. `navigation`: a browser that opens the route as a page, also
   * from another site (no CSRF header). `server`: another server (no CSRF header).
   */
  readonly from?: 'navigation' | 'server';
  /** Exists only on frontends that have an OpenID provider. */
  readonly provider?: true;
  /** The request does not count as activity of the session. */
  readonly passive?: true;
  /** The query parameters of the route. Absent: every parameter is rejected. */
  readonly query?: readonly QueryName[];
  /** The body is a form instead of JSON. */
  readonly form?: true;
}

const PAGE = ['pageToken', 'pageSize'] as const;

/**
 * Every route of the service with its requirements. The application does not start with a route that is missing here;
 * the request guard, 405 responses, preflights and `/route` use this table
 * (docs/decisions/0001-one-table-makes-the-routes.md).
 */
export const ROUTES = {
  home: row('GET', '/', 'nothing', 200, { from: 'navigation' }),
  'documentation.document': row('GET', '/openapi.json', 'nothing', 200, { from: 'navigation' }),
  'documentation.page': row('GET', '/docs', 'nothing', 200, { from: 'navigation' }),

  'session.create': row('POST', '/session', 'nothing', 201),
  'session.read': row('GET', '/session', 'session', 200, { passive: true }),
  'session.end': row('DELETE', '/session', 'nothing', 204),
  'session.login': row('GET', '/session/login', 'nothing', 302, {
    from: 'navigation',
    provider: true,
    query: ['returnTo'],
  }),
  'session.callback': row('GET', '/session/callback', 'nothing', 302, {
    from: 'navigation',
    provider: true,
    query: ['code', 'state', 'iss', 'error'],
  }),
  'session.backchannel-logout': row('POST', '/session/backchannel-logout', 'nothing', 200, {
    from: 'server',
    provider: true,
    form: true,
  }),
  'session.elevate': row('POST', '/session/elevation', 'admin', 200),
  'session.end-elevation': row('DELETE', '/session/elevation', 'admin', 200),
  'session.change-password': row('PUT', '/session/password', 'password', 204),
  'sessions.list': row('GET', '/sessions', 'session', 200, { query: PAGE }),
  'sessions.end': row('DELETE', '/sessions/:sessionId', 'session', 204),
  'sessions.end-others': row('DELETE', '/sessions', 'session', 204),

  'tenants.list': row('GET', '/v1/tenants', 'session', 200, { query: PAGE }),
  'tenants.route': row('GET', '/v1/tenants/:tenantId/route', 'related', 200),
  'account.read': row('GET', '/v1/tenants/:tenantId/whatsapp', 'viewer', 200),
  'account.create': row('POST', '/v1/tenants/:tenantId/whatsapp', 'editor', 201),
  'account.update': row('PATCH', '/v1/tenants/:tenantId/whatsapp', 'editor', 200),
  'account.delete': row('DELETE', '/v1/tenants/:tenantId/whatsapp', 'editor', 204),
  'activities.list': row('GET', '/v1/tenants/:tenantId/whatsapp/activities', 'viewer', 200, { query: PAGE }),
  'comments.create': row('POST', '/v1/tenants/:tenantId/whatsapp/comments', 'editor', 201),

  'admin.tenants.list': row('GET', '/v1/admin/tenants', 'admin', 200, { query: PAGE }),
  'admin.tenants.create': row('POST', '/v1/admin/tenants', 'elevated-admin', 201),
  'admin.tenants.read': row('GET', '/v1/admin/tenants/:tenantId', 'admin', 200),
  'admin.tenants.update': row('PATCH', '/v1/admin/tenants/:tenantId', 'elevated-admin', 200),
  'admin.tenants.delete': row('DELETE', '/v1/admin/tenants/:tenantId', 'elevated-admin', 204),
  'admin.credentials.read': row('GET', '/v1/admin/tenants/:tenantId/credentials', 'admin', 200),
  'admin.credentials.set': row('PUT', '/v1/admin/tenants/:tenantId/credentials', 'elevated-admin', 200),
  'admin.credentials.erase': row('DELETE', '/v1/admin/tenants/:tenantId/credentials', 'elevated-admin', 204),
  'admin.credentials.check': row(
    'POST',
    '/v1/admin/tenants/:tenantId/credentials/check',
    'elevated-admin',
    200,
  ),
  'admin.members.list': row('GET', '/v1/admin/tenants/:tenantId/members', 'admin', 200, { query: PAGE }),
  'admin.members.put': row('PUT', '/v1/admin/tenants/:tenantId/members/:userId', 'elevated-admin', 200),
  'admin.members.remove': row('DELETE', '/v1/admin/tenants/:tenantId/members/:userId', 'elevated-admin', 204),
  'admin.users.list': row('GET', '/v1/admin/users', 'admin', 200, { query: PAGE }),
  'admin.users.create': row('POST', '/v1/admin/users', 'elevated-admin', 201),
  'admin.users.read': row('GET', '/v1/admin/users/:userId', 'admin', 200),
  'admin.users.update': row('PATCH', '/v1/admin/users/:userId', 'elevated-admin', 200),
  'admin.users.delete': row('DELETE', '/v1/admin/users/:userId', 'elevated-admin', 204),
  'admin.sessions.list': row('GET', '/v1/admin/sessions', 'admin', 200, {
    query: ['userId', 'tenantId', ...PAGE],
  }),
  'admin.sessions.end': row('DELETE', '/v1/admin/sessions', 'elevated-admin', 200, {
    query: ['userId', 'tenantId'],
  }),
  'admin.audit.list': row('GET', '/v1/admin/audit', 'admin', 200, { query: ['tenantId', 'actor', ...PAGE] }),
} satisfies Record<string, RouteDefinition>;

function row(
  method: RouteDefinition['method'],
  path: string,
  needs: Need,
  status: number,
  more: Omit<RouteDefinition, 'method' | 'path' | 'needs' | 'status'> = {},
): RouteDefinition {
  return { method, path, needs, status, ...more };
}

export type RouteName = keyof typeof ROUTES;
