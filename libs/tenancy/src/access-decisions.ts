import { type ProblemCode } from '@bff/problems';
import { type TenantRelation } from './tenant-relation.js';

/** The requirement of a route for its caller. */
export type Need =
  /** No session is required. */
  | 'nothing'
  /** A valid session. */
  | 'session'
  /** A session of a user with a local password. */
  | 'password'
  /** A session of an admin on a frontend of class `admin`. */
  | 'admin'
  /** A session of an admin that is elevated for administration. */
  | 'elevated-admin'
  /** A session and any relation to the tenant in the path other than `none`. */
  | 'related'
  | 'viewer'
  | 'editor';

/** The needs that refer to the tenant in the path. */
export type TenantNeed = Exclude<Need, 'nothing' | 'session' | 'password' | 'admin' | 'elevated-admin'>;

type Decision = 'granted' | Extract<ProblemCode, 'bff_tenant_not_found' | 'bff_role_required'>;

/**
 * The decision by need and relation (docs/contract.md section 5). Elevation is checked when the server is
 * selected, because in the order of checks it follows the input (docs/contract.md section 3). An elevated
 * admin has the rights of an editor.
 */
const DECISIONS: Readonly<Record<TenantNeed, Readonly<Record<TenantRelation, Decision>>>> = {
  related: {
    viewer: 'granted',
    editor: 'granted',
    'elevated-admin': 'granted',
    admin: 'granted',
    'member-of-admin-tenant': 'granted',
    none: 'bff_tenant_not_found',
  },
  viewer: {
    viewer: 'granted',
    editor: 'granted',
    'elevated-admin': 'granted',
    admin: 'granted',
    'member-of-admin-tenant': 'bff_role_required',
    none: 'bff_tenant_not_found',
  },
  editor: {
    viewer: 'bff_role_required',
    editor: 'granted',
    'elevated-admin': 'granted',
    admin: 'granted',
    'member-of-admin-tenant': 'bff_role_required',
    none: 'bff_tenant_not_found',
  },
};

export function decide(need: TenantNeed, relation: TenantRelation): Decision {
  return DECISIONS[need][relation];
}

/** Whether a route is for admins only, elevated or not. */
export function isAdminNeed(need: Need): need is 'admin' | 'elevated-admin' {
  return need === 'admin' || need === 'elevated-admin';
}

export function isTenantNeed(need: Need): need is TenantNeed {
  return need in DECISIONS;
}
