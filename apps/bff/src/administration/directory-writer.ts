import { type Author, AuditLog, directoryChanged, OPERATOR, type RecordChange } from '@bff/audit';
import { causeOf, type Change, Directory, directoryProblem, type Orm } from '@bff/database';
import { readUser } from '@bff/identity';
import { Problem } from '@bff/problems';
import { type Session } from '@bff/session';
import { elevationRequired, isAdmin } from '@bff/tenancy';
import { Injectable, Logger } from '@nestjs/common';

const logger = new Logger('DirectoryWriter');

/**
 * Who changes the directory: an operator, or an admin of a session that is elevated for administration. The change waits
 * for its turn, and an admin must still be one when it comes.
 */
export interface DirectoryActor extends Author {
  /** Asked in the transaction, before the change. @throws Problem */
  confirm(orm: Orm): Promise<void>;
  /** Asked wherever a wait is over, and as the last thing before the commit. @throws Problem */
  assertCurrent(): void;
}

/** An operator at the command line. */
export const OPERATING: DirectoryActor = {
  actor: OPERATOR,
  requestId: null,
  confirm: () => Promise.resolve(),
  assertCurrent: () => undefined,
};

/** The request of an admin. */
interface AdminRequest extends Author {
  /** @throws Problem `bff_session_required` */
  currentSession(): Session;
}

/** The author of what an elevated session changes. @throws Problem `bff_elevation_required` */
export function elevatedAdmin(request: AdminRequest): DirectoryActor {
  const { actor, requestId } = request;
  const assertCurrent = (): Session => {
    const session = request.currentSession();
    if (!isAdmin(session)) throw new Problem('bff_role_required');
    if (session.elevation?.tenantId !== null) throw elevationRequired(session, null);
    return session;
  };
  assertCurrent();
  return {
    actor,
    requestId,
    assertCurrent,
    // The database knows of a change by another node before this node's memory does.
    confirm: async (orm) => {
      const { user } = assertCurrent();
      const stored = await readUser(orm, user.id);
      if (stored?.disabled !== false || stored.sessionsVersion !== user.sessionsVersion)
        throw new Problem('bff_session_required');
      if (stored.role !== 'admin') throw new Problem('bff_role_required');
      if (stored.powersVersion !== user.powersVersion)
        throw elevationRequired(request.currentSession(), null);
    },
  };
}

/** Changes records and puts that on record, in one transaction: both are kept, or neither. */
@Injectable()
export class DirectoryWriter {
  constructor(
    private readonly directory: Directory,
    private readonly audit: AuditLog,
  ) {}

  /**
   * @param change what it does it says to `note`
   * @throws Problem of the change; `bff_conflict`; `bff_audit_unavailable`, when the database is away as well
   */
  async write<Result>(
    author: DirectoryActor,
    change: (note: (change: RecordChange) => void, ...into: Parameters<Change<Result>>) => Promise<Result>,
  ): Promise<Result> {
    try {
      return await this.directory.change(async (orm, version) => {
        await author.confirm(orm);
        const changes: RecordChange[] = [];
        const result = await change((done) => changes.push(done), orm, version);
        await this.audit.append(
          orm,
          changes.map((done) => directoryChanged(author, done)),
        );
        author.assertCurrent();
        return result;
      });
    } catch (error) {
      const problem = directoryProblem(error);
      if (problem.errorCode !== 'bff_directory_unavailable') throw problem;
      logger.error(`A record cannot be written: ${causeOf(error)}`);
      throw new Problem('bff_audit_unavailable', { cause: error });
    }
  }
}
