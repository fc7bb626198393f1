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
  /** Returns the current state of the session. @throws Problem `bff_session_required` */
  currentSession(): Promise<Session>;
}

/** Not exported, so that only the functions below create an actor. */
class DirectoryActor implements AuditSource {
  /** @param currentSession null for an operator */
  constructor(
    readonly actor: AuditActor,
    readonly requestId: string | null,
    private readonly currentSession: (() => Promise<Session>) | null,
  ) {}

  /**
   * Checks the actor's access again; called after each wait and immediately before the commit.
   * @throws Problem `bff_session_required`, `bff_role_required`, `bff_elevation_required`
   */
  async assertCurrent(): Promise<void> {
    if (this.currentSession !== null) assertElevatedAdmin(await this.currentSession());
  }

  /**
   * Checks the actor's access in the database, which has changes of other nodes before this node's memory
   * does; called in the transaction, before the change.
   * @throws Problem as {@link assertCurrent} does
   */
  async confirm(orm: Orm): Promise<void> {
    if (this.currentSession === null) return;
    const session = await this.currentSession();
    assertElevatedAdmin(session);
    const { user } = session;
    const stored = await readUser(orm, user.id);
    if (stored?.disabled !== false || stored.sessionsVersion !== user.sessionsVersion)
      throw new Problem('bff_session_required');
    if (stored.role !== 'admin') throw new Problem('bff_role_required');
    if (stored.powersVersion !== user.powersVersion) throw elevationRequired(session, null);
  }
}

/**
 * Authorizes a change of the directory. The change may wait for others, so an elevated admin's access is
 * checked again when it takes effect (docs/architecture.md, "Authority at the moment of the effect").
 */
export type Actor = DirectoryActor;

/** Returns the actor for an operator at the command line. */
export function operator(): Actor {
  return new DirectoryActor(OPERATOR, null, null);
}

/**
 * Returns the actor for an elevated admin's session.
 * @throws Problem `bff_role_required`, `bff_elevation_required`
 */
export function elevatedAdmin(session: Session, request: AdminRequest): Actor {
  assertElevatedAdmin(session);
  const { requestId, clientAddress } = request;
  return new DirectoryActor(actorOf(session, clientAddress), requestId, () => request.currentSession());
}
