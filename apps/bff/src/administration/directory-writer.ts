import { type Author, AuditTrail, directoryChanged, OPERATOR, type RecordChange } from '@bff/audit';
import { causeOf, type Change, Directory, directoryProblem, inTime } from '@bff/database';
import { Problem } from '@bff/problems';
import { type Session } from '@bff/session';
import { elevationRequired } from '@bff/tenancy';
import { Injectable, Logger } from '@nestjs/common';

const logger = new Logger('DirectoryWriter');

/** For so long an admin waits for a change; one that takes longer is not made. */
const WAIT_MS = 5_000;

/** An operator at the command line. */
export const OPERATING: Author = { actor: OPERATOR, requestId: null };

/** The author of what a session changes. @throws Problem `bff_elevation_required` */
export function administrator(session: Session, { actor, requestId }: Author): Author {
  if (session.elevation?.tenantId !== null) throw elevationRequired(session, null);
  return { actor, requestId };
}

/** Changes records and puts that on record, in one transaction: both are kept, or neither. */
@Injectable()
export class DirectoryWriter {
  constructor(
    private readonly directory: Directory,
    private readonly audit: AuditTrail,
  ) {}

  /**
   * @param change what it does it says to `note`
   * @throws Problem of the change; `bff_conflict`; `bff_audit_unavailable`, when the database is away as well
   */
  async write<Result>(
    author: Author,
    change: (note: (change: RecordChange) => void, ...into: Parameters<Change<Result>>) => Promise<Result>,
  ): Promise<Result> {
    const attempt =
      (keep: () => void): Change<Result> =>
      async (orm, version) => {
        const changes: RecordChange[] = [];
        const result = await change((done) => changes.push(done), orm, version);
        await this.audit.append(
          orm,
          changes.map((done) => directoryChanged(author, done)),
        );
        keep();
        return result;
      };
    try {
      return await inTime(WAIT_MS, async (keep) => {
        // What waits has happened before, and stands before it.
        await this.audit.flush();
        return this.directory.change(attempt(keep));
      });
    } catch (error) {
      const problem = directoryProblem(error);
      if (problem.errorCode !== 'bff_directory_unavailable') throw problem;
      logger.error(`A record cannot be written: ${causeOf(error)}`);
      throw new Problem('bff_audit_unavailable', { cause: error });
    }
  }
}
