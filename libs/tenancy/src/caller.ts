import { type GlobalRole } from '@bff/database';
import { type Frontend } from '@bff/frontends';

/** A short rise of one session's powers; for one tenant or, where that is null, for administration. */
export interface Elevation {
  /** Identifies it in the audit log. */
  readonly id: string;
  readonly tenantId: string | null;
  readonly reason: string;
  readonly expiresAt: number;
}

/** Who is asking, from where, with which powers: all that access and routing may depend on. */
export interface Caller {
  readonly user: { readonly id: string; readonly role: GlobalRole };
  readonly frontend: Frontend;
  /** Alive at this moment, or null. */
  readonly elevation: Elevation | null;
}
