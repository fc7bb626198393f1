import { Problem } from '@bff/problems';
import { type Session, type Sessions } from '@bff/session';
import { type AccessControl, isTenantNeed, type Need, type TenantAccess } from '@bff/tenancy';

/**
 * What a caller may do at this moment. Requests wait for bodies, tokens, audit writes and locks; each is
 * asked again here when its wait is over, immediately before it takes effect (docs/architecture.md,
 * "Authority at the moment of the effect").
 */
export class Authority {
  constructor(
    private readonly sessions: Sessions,
    private readonly access: AccessControl,
  ) {}

  /** @throws Problem `bff_session_required` where the session has ended */
  currentSession(session: Session): Session {
    const current = this.sessions.current(session);
    if (current === undefined) throw new Problem('bff_session_required');
    return current;
  }

  /** @throws Problem `bff_session_required`, `bff_tenant_not_found`, `bff_role_required` */
  currentAccess(tenantId: string, need: Need, session: Session): TenantAccess {
    if (!isTenantNeed(need)) throw new Error(`The need ${need} is not about a tenant`);
    return this.access.accessTo(tenantId, need, this.currentSession(session));
  }
}
