import { Problem } from '@bff/problems';
import { type Session, type Sessions } from '@bff/session';
import { type AccessControl, isTenantNeed, type Need, type TenantAccess } from '@bff/tenancy';

/**
 * Current authorization of a caller. A request can wait for its body, a token, an audit write or a lock; its
 * authorization is checked again after the wait, immediately before the request takes effect (docs/architecture.md,
 * "Authority at the moment of the effect").
 */
export class Authority {
  constructor(
    private readonly sessions: Sessions,
    private readonly access: AccessControl,
  ) {}

  /** @throws Problem `bff_session_required` if the session has ended */
  async currentSession(session: Session): Promise<Session> {
    return live(await this.sessions.refresh(session));
  }

  /**
   * Does not wait, so that nothing changes before the call is sent.
   * @throws Problem `bff_session_required`, `bff_tenant_not_found`, `bff_role_required`
   * @throws NotInMemoryError if only {@link currentSession} can tell
   */
  currentAccess(tenantId: string, need: Need, session: Session): TenantAccess {
    if (!isTenantNeed(need)) throw new Error(`The need ${need} does not concern a tenant`);
    return this.access.accessTo(tenantId, need, live(this.sessions.current(session)));
  }
}

function live(session: Session | undefined): Session {
  if (session === undefined) throw new Problem('bff_session_required');
  return session;
}
