import { type Author, AuditTrail, directoryChanged, OPERATOR, type RecordChange } from '@bff/audit';
import { type Change, Directory, directoryProblem } from '@bff/database';
import { Problem } from '@bff/problems';
import { type Session } from '@bff/session';
import { elevationRequired } from '@bff/tenancy';
import { Injectable } from '@nestjs/common';

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
    const attempt: Change<Result> = async (orm, version) => {
      const changes: RecordChange[] = [];
      const result = await change((done) => changes.push(done), orm, version);
      await this.audit.append(
        orm,
        changes.map((done) => directoryChanged(author, done)),
      );
      return result;
    };
    // What waits has happened before, and stands before it.
    await this.audit.flush();
    try {
      return await this.directory.change(attempt);
    } catch (error) {
      const problem = directoryProblem(error);
      if (problem.errorCode !== 'bff_directory_unavailable') throw problem;
      throw new Problem('bff_audit_unavailable', { cause: error });
    }
  }
}
