import { type Actor, type AuditEvent, AuditTrail, OPERATOR } from '@bff/audit';
import { type Change, Directory, directoryProblem } from '@bff/database';
import { Problem } from '@bff/problems';
import { type Session } from '@bff/session';
import { elevationRequired } from '@bff/tenancy';
import { Injectable } from '@nestjs/common';

/** Who changes the directory: an admin elevated for administration, or an operator at the command line. */
export interface Author {
  readonly actor: Actor;
  readonly requestId: string | null;
}

export const OPERATING: Author = { actor: OPERATOR, requestId: null };

/** The author of what a session changes. @throws Problem `bff_elevation_required` */
export function administrator(session: Session, { actor, requestId }: Author): Author {
  if (session.elevation?.tenantId !== null) throw elevationRequired(session, null);
  return { actor, requestId };
}

/** What was done to one record; names, never values. */
export interface RecordChange {
  readonly record: 'tenant' | 'credentials' | 'membership' | 'user' | 'admin credentials';
  readonly id: string;
  /** The tenant that it is about. */
  readonly tenantId: string | null;
  readonly action: 'created' | 'updated' | 'removed';
  readonly members?: readonly string[];
}

export function changeEvent({ actor, requestId }: Author, change: RecordChange): AuditEvent {
  const { tenantId, ...details } = change;
  return {
    event: 'directory.changed',
    outcome: 'success',
    actor,
    tenantId,
    requestId,
    details: { ...details },
  };
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
        changes.map((done) => changeEvent(author, done)),
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
