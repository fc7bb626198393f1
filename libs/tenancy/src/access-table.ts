import { type ProblemCode } from '@bff/problems';
import { type Standing } from './standing.js';

/** What a caller needs before an operation is looked at any further. */
export type Need =
  /** Nothing, not even a session. */
  | 'nothing'
  /** A live session. */
  | 'session'
  /** A session of a user who has a password here. */
  | 'password'
  /** A session of an admin on a frontend of class `admin`. */
  | 'staff'
  /** The same, elevated for administration. */
  | 'administrator'
  /** A session and any standing to the tenant in the path but a stranger's. */
  | 'acquaintance'
  | 'viewer'
  | 'editor';

/** The query parameters that operations take; any other is an unknown one. */
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

export interface Operation {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly needs: Need;
  /** The status of success, where the answer is our own; the upstream's answers bring theirs. */
  readonly status: number;
  /**
   * Who calls, where it is no script of a frontend: a person who opens it as a page (no CSRF header, and a navigation
   * from elsewhere passes), or another server (no CSRF header).
   */
  readonly from?: 'navigation' | 'server';
  /** Exists only on frontends that have an OpenID provider. */
  readonly provider?: true;
  /** Asking does not count as using the session. */
  readonly passive?: true;
  /** Takes query parameters; without it any parameter is an unknown one. */
  readonly query?: readonly QueryName[];
  /** The media type of the body, where it is not JSON. */
  readonly form?: true;
}

const PAGE = ['pageToken', 'pageSize'] as const;

/**
 * Every route of the service and what it needs. The routes are made from this table and a route outside it
 * cannot boot; guard, 405, preflight and `/route` are drawn from it
 * (docs/decisions/0001-one-access-table-makes-the-routes.md).
 */
export const OPERATIONS = {
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
  'session.elevate': row('POST', '/session/elevation', 'staff', 200),
  'session.descend': row('DELETE', '/session/elevation', 'staff', 200),
  'session.change-password': row('PUT', '/session/password', 'password', 204),
  'sessions.list': row('GET', '/sessions', 'session', 200, { query: PAGE }),
  'sessions.end': row('DELETE', '/sessions/:sessionId', 'session', 204),
  'sessions.end-others': row('DELETE', '/sessions', 'session', 204),

  'tenants.list': row('GET', '/v1/tenants', 'session', 200, { query: PAGE }),
  'tenants.route': row('GET', '/v1/tenants/:tenantId/route', 'acquaintance', 200),
  'account.read': row('GET', '/v1/tenants/:tenantId/whatsapp', 'viewer', 200),
  'account.create': row('POST', '/v1/tenants/:tenantId/whatsapp', 'editor', 201),
  'account.update': row('PATCH', '/v1/tenants/:tenantId/whatsapp', 'editor', 200),
  'account.delete': row('DELETE', '/v1/tenants/:tenantId/whatsapp', 'editor', 204),
  'activities.list': row('GET', '/v1/tenants/:tenantId/whatsapp/activities', 'viewer', 200, { query: PAGE }),
  'comments.create': row('POST', '/v1/tenants/:tenantId/whatsapp/comments', 'editor', 201),

  'admin.tenants.list': row('GET', '/v1/admin/tenants', 'staff', 200, { query: PAGE }),
  'admin.tenants.create': row('POST', '/v1/admin/tenants', 'administrator', 201),
  'admin.tenants.read': row('GET', '/v1/admin/tenants/:tenantId', 'staff', 200),
  'admin.tenants.update': row('PATCH', '/v1/admin/tenants/:tenantId', 'administrator', 200),
  'admin.tenants.delete': row('DELETE', '/v1/admin/tenants/:tenantId', 'administrator', 204),
  'admin.credentials.read': row('GET', '/v1/admin/tenants/:tenantId/credentials', 'staff', 200),
  'admin.credentials.set': row('PUT', '/v1/admin/tenants/:tenantId/credentials', 'administrator', 200),
  'admin.credentials.erase': row('DELETE', '/v1/admin/tenants/:tenantId/credentials', 'administrator', 204),
  'admin.credentials.check': row(
    'POST',
    '/v1/admin/tenants/:tenantId/credentials/check',
    'administrator',
    200,
  ),
  'admin.members.list': row('GET', '/v1/admin/tenants/:tenantId/members', 'staff', 200, { query: PAGE }),
  'admin.members.put': row('PUT', '/v1/admin/tenants/:tenantId/members/:userId', 'administrator', 200),
  'admin.members.remove': row('DELETE', '/v1/admin/tenants/:tenantId/members/:userId', 'administrator', 204),
  'admin.users.list': row('GET', '/v1/admin/users', 'staff', 200, { query: PAGE }),
  'admin.users.create': row('POST', '/v1/admin/users', 'administrator', 201),
  'admin.users.read': row('GET', '/v1/admin/users/:userId', 'staff', 200),
  'admin.users.update': row('PATCH', '/v1/admin/users/:userId', 'administrator', 200),
  'admin.users.delete': row('DELETE', '/v1/admin/users/:userId', 'administrator', 204),
  'admin.sessions.list': row('GET', '/v1/admin/sessions', 'staff', 200, {
    query: ['userId', 'tenantId', ...PAGE],
  }),
  'admin.sessions.end': row('DELETE', '/v1/admin/sessions', 'administrator', 200, {
    query: ['userId', 'tenantId'],
  }),
  'admin.audit.list': row('GET', '/v1/admin/audit', 'staff', 200, { query: ['tenantId', 'actor', ...PAGE] }),
} satisfies Record<string, Operation>;

function row(
  method: Operation['method'],
  path: string,
  needs: Need,
  status: number,
  more: Omit<Operation, 'method' | 'path' | 'needs' | 'status'> = {},
): Operation {
  return { method, path, needs, status, ...more };
}

export type OperationName = keyof typeof OPERATIONS;

/** The needs that are about one tenant. */
export type TenantNeed = Exclude<Need, 'nothing' | 'session' | 'password' | 'staff' | 'administrator'>;

type Decision = 'granted' | Extract<ProblemCode, 'bff_tenant_not_found' | 'bff_role_required'>;

/**
 * Need by standing (docs/contract.md section 5). Elevation is not decided here but where the server is
 * chosen: by the order of checks (docs/contract.md section 3) it comes after the input. What staff may do,
 * they may do elevated as an editor.
 */
const DECISIONS: Readonly<Record<TenantNeed, Readonly<Record<Standing, Decision>>>> = {
  acquaintance: {
    viewer: 'granted',
    editor: 'granted',
    'staff-elevated': 'granted',
    staff: 'granted',
    'member-without-plane': 'granted',
    stranger: 'bff_tenant_not_found',
  },
  viewer: {
    viewer: 'granted',
    editor: 'granted',
    'staff-elevated': 'granted',
    staff: 'granted',
    'member-without-plane': 'bff_role_required',
    stranger: 'bff_tenant_not_found',
  },
  editor: {
    viewer: 'bff_role_required',
    editor: 'granted',
    'staff-elevated': 'granted',
    staff: 'granted',
    'member-without-plane': 'bff_role_required',
    stranger: 'bff_tenant_not_found',
  },
};

export function decide(need: TenantNeed, standing: Standing): Decision {
  return DECISIONS[need][standing];
}

/** Whether an operation is for staff alone, elevated or not. */
export function isStaffNeed(need: Need): need is 'staff' | 'administrator' {
  return need === 'staff' || need === 'administrator';
}

export function isTenantNeed(need: Need): need is TenantNeed {
  return need in DECISIONS;
}
