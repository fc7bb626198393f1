import { type AuditActor, type AuditSource, OPERATOR } from '@bff/audit';
import { type Orm } from '@bff/database';
import { readUser } from '@bff/identity';
import { Problem } from '@bff/problems';
import { actorOf, type Session } from '@bff/session';
import { assertElevatedAdmin, elevationRequired } from '@bff/tenancy';

/** The request in which an admin changes the directory. */
interface AdminRequest {
  readonly requestId: string;
  readonly clientAddress: string;
  /** The session as it is now. @throws Problem `bff_session_required` */
  currentSession(): Session;
}

/** The class is not exported, so that only the functions below make an actor. */
class DirectoryActor implements AuditSource {
  /** @param currentSession null for an operator */
  constructor(
    readonly actor: AuditActor,
    readonly requestId: string | null,
    private readonly currentSession: (() => Session) | null,
  ) {}

  /**
   * Called after each wait, and last before the commit.
   * @throws Problem `bff_session_required`, `bff_role_required`, `bff_elevation_required`
   */
  assertCurrent(): void {
    if (this.currentSession !== null) assertElevatedAdmin(this.currentSession());
  }

  /**
   * Called in the transaction, before the change: the database knows a change by another node before this node's memory does.
   * @throws Problem as {@link assertCurrent} does
   */
  async confirm(orm: Orm): Promise<void> {
    if (this.currentSession === null) return;
    this.assertCurrent();
    const { user } = this.currentSession();
    const stored = await readUser(orm, user.id);
    if (stored?.disabled !== false || stored.sessionsVersion !== user.sessionsVersion)
      throw new Problem('bff_session_required');
    if (stored.role !== 'admin') throw new Problem('bff_role_required');
    if (stored.powersVersion !== user.powersVersion) throw elevationRequired(this.currentSession(), null);
  }
}

/**
 * Permits a change of the directory, which waits for its turn: an elevated admin must still be one when it comes
 * (docs/architecture.md, "Authority at the moment of the effect").
 */
export type Actor = DirectoryActor;

/** An operator at the command line. */
export function operator(): Actor {
  return new DirectoryActor(OPERATOR, null, null);
}

/** @throws Problem `bff_role_required`, `bff_elevation_required` */
export function elevatedAdmin(session: Session, request: AdminRequest): Actor {
  assertElevatedAdmin(session);
  const { requestId, clientAddress } = request;
  return new DirectoryActor(actorOf(session, clientAddress), requestId, () => request.currentSession());
}
