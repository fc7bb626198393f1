import { type GlobalRole } from '@bff/database';
import { type Frontend } from '@bff/frontends';

/** A temporary elevation of one session, for one tenant or for administration. */
export interface Elevation {
  /** Identifies it in the audit log. */
  readonly id: string;
  /** Null: for administration. */
  readonly tenantId: string | null;
  readonly reason: string;
  readonly expiresAt: number;
}

/** The user, frontend and elevation of a request: all inputs of access and routing beside the tenant. */
export interface Caller {
  readonly user: { readonly id: string; readonly role: GlobalRole };
  readonly frontend: Frontend;
  /** The current elevation; null if the session is not elevated. */
  readonly elevation: Elevation | null;
}
