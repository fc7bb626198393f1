import { AuditLog, directoryChanged, type RecordChange } from '@bff/audit';
import { causeOf, type ChangeOptions, Directory, directoryProblem, type Orm } from '@bff/database';
import { Problem } from '@bff/problems';
import { Injectable, Logger } from '@nestjs/common';
import { type Actor } from './actor.js';

const logger = new Logger('DirectoryWriter');

/** A change of the directory in progress. */
export interface DirectoryTransaction {
  readonly orm: Orm;
  /** The version of the directory that contains the change. */
  readonly version: number;
  /** Adds the change of one record to the audit log, in the same transaction. */
  readonly note: (change: RecordChange) => void;
}

/** Changes the directory and audits each change, in one transaction. */
@Injectable()
export class DirectoryWriter {
  constructor(
    private readonly directory: Directory,
    private readonly audit: AuditLog,
  ) {}

  /** @throws the error of the change or of the database; the directory is then unchanged */
  transact<Result>(
    actor: Actor,
    change: (transaction: DirectoryTransaction) => Promise<Result>,
    options?: ChangeOptions,
  ): Promise<Result> {
    return this.directory.change(async (orm, version) => {
      await actor.confirm(orm);
      const changes: RecordChange[] = [];
      const result = await change({ orm, version, note: (done) => changes.push(done) });
      await this.audit.append(
        orm,
        changes.map((done) => directoryChanged(actor, done)),
      );
      await actor.assertCurrent();
      return result;
    }, options);
  }

  /**
   * Runs a transaction and maps all errors to a Problem.
   * @throws Problem of the change; `bff_conflict`; `bff_audit_unavailable`, also when the database is
   * unavailable
   */
  async write<Result>(
    actor: Actor,
    change: (transaction: DirectoryTransaction) => Promise<Result>,
  ): Promise<Result> {
    try {
      return await this.transact(actor, change);
    } catch (error) {
      const problem = directoryProblem(error);
      if (problem.errorCode !== 'bff_directory_unavailable') throw problem;
      logger.error(`A record cannot be written: ${causeOf(error)}`);
      throw new Problem('bff_audit_unavailable', { cause: error });
    }
  }
}
