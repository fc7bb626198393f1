import { type ProblemCode } from '@bff/problems';
import { type Standing } from './standing.js';

/** What a caller needs before an operation is looked at any further. */
export type Need =
  /** Nothing, not even a session. */
  | 'nothing'
  /** A live session. */
  | 'session'
  /** A session and any standing to the tenant in the path but a stranger's. */
  | 'acquaintance'
  | 'viewer'
  | 'editor';

export interface Operation {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly needs: Need;
  /** The status of success, where the answer is our own; the upstream's answers bring theirs. */
  readonly status: number;
  /** Opened by a person as a page: no CSRF header, and a navigation from elsewhere passes. */
  readonly navigation?: true;
  /** Asking does not count as using the session. */
  readonly passive?: true;
  /** Takes query parameters; without it any parameter is an unknown one. */
  readonly query?: true;
}

/**
 * Every route of the service and what it needs. The routes are made from this table and a route outside it cannot
 * boot; guard, 405, preflight and `/route` are drawn from it (architecture.md decision 8).
 */
export const OPERATIONS = {
  home: { method: 'GET', path: '/', needs: 'nothing', status: 200, navigation: true },
  'documentation.document': {
    method: 'GET',
    path: '/openapi.json',
    needs: 'nothing',
    status: 200,
    navigation: true,
  },
  'documentation.page': { method: 'GET', path: '/docs', needs: 'nothing', status: 200, navigation: true },
  'session.create': { method: 'POST', path: '/session', needs: 'nothing', status: 201 },
  'session.read': { method: 'GET', path: '/session', needs: 'session', status: 200, passive: true },
  'session.end': { method: 'DELETE', path: '/session', needs: 'nothing', status: 204 },
  'sessions.list': { method: 'GET', path: '/sessions', needs: 'session', status: 200 },
  'sessions.end': { method: 'DELETE', path: '/sessions/:sessionId', needs: 'session', status: 204 },
  'sessions.end-others': { method: 'DELETE', path: '/sessions', needs: 'session', status: 204 },
  'tenants.list': { method: 'GET', path: '/v1/tenants', needs: 'session', status: 200, query: true },
  'tenants.route': { method: 'GET', path: '/v1/tenants/:tenantId/route', needs: 'acquaintance', status: 200 },
  'account.read': { method: 'GET', path: '/v1/tenants/:tenantId/whatsapp', needs: 'viewer', status: 200 },
  'account.create': { method: 'POST', path: '/v1/tenants/:tenantId/whatsapp', needs: 'editor', status: 201 },
  'account.update': { method: 'PATCH', path: '/v1/tenants/:tenantId/whatsapp', needs: 'editor', status: 200 },
  'account.delete': {
    method: 'DELETE',
    path: '/v1/tenants/:tenantId/whatsapp',
    needs: 'editor',
    status: 204,
  },
  'activities.list': {
    method: 'GET',
    path: '/v1/tenants/:tenantId/whatsapp/activities',
    needs: 'viewer',
    status: 200,
    query: true,
  },
  'comments.create': {
    method: 'POST',
    path: '/v1/tenants/:tenantId/whatsapp/comments',
    needs: 'editor',
    status: 201,
  },
} as const satisfies Record<string, Operation>;

export type OperationName = keyof typeof OPERATIONS;

/** The needs that are about one tenant. */
export type TenantNeed = Exclude<Need, 'nothing' | 'session'>;

type Decision = 'granted' | Extract<ProblemCode, 'bff_tenant_not_found' | 'bff_role_required'>;

/**
 * Need by standing (contract.md section 5). Elevation is not decided here but where the server is chosen: by the
 * order of checks (section 3) it comes after the input. What staff may do, they may do elevated as an editor.
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

export function isTenantNeed(need: Need): need is TenantNeed {
  return need in DECISIONS;
}
