import { BFF_CONFIG, type BffConfig } from '@bff/config';
import { causeOf, DatabaseConnection, Directory, inTime, type Orm } from '@bff/database';
import { Problem } from '@bff/problems';
import { Keyring } from '@bff/secrets';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { type AuditEvent } from './audit-event.js';
import { type AuditPage, type AuditQuery, readPage } from './audit-reader.js';
import { AuditWriter, BrokenChainError, chainOf, type HappenedEvent } from './audit-writer.js';

/** Who waits for the trail waits no longer, and what they waited for is not kept. */
const WAIT_MS = 5_000;
const RETRY_MS = 5_000;

/** What nobody waits for is gathered for so long and written in one transaction. */
const GATHER_MS = 250;

/** So much waits for a database that is away; what comes after it is counted and lost. */
const MAX_WAITING = 10_000;
const MAX_BATCH = 500;

const logger = new Logger('Audit');

/** The trail of what was done (security-bar.md LOG-06 to LOG-08). */
@Injectable()
export class AuditTrail {
  /** Events that could not be kept since the start. */
  lost = 0;
  private readonly writer: AuditWriter;
  private waiting: HappenedEvent[] = [];
  private timer: NodeJS.Timeout | undefined;
  private flushing: Promise<void> = Promise.resolve();

  constructor(
    private readonly connection: DatabaseConnection,
    keyring: Keyring,
    directory: Directory,
    @Inject(BFF_CONFIG) { clock }: BffConfig,
  ) {
    this.writer = new AuditWriter(keyring, clock);
    directory.beforeClose(() => this.flush());
  }

  /**
   * Records events in the transaction of the change they are about: both are kept, or neither.
   * @throws Problem `bff_audit_unavailable`
   */
  async append(orm: Orm, events: readonly AuditEvent[]): Promise<void> {
    if (events.length === 0) return;
    try {
      await this.writer.append(orm, events);
    } catch (error) {
      throw unavailable(error);
    }
  }

  /** Records events before what they are about is done. @throws Problem `bff_audit_unavailable` */
  async record(...events: readonly AuditEvent[]): Promise<void> {
    const happened = this.writer.happened(events);
    try {
      // What waits has happened before, and stands before it.
      await inTime(WAIT_MS, (keep) => this.flush().then(() => this.write(happened, keep)));
    } catch (error) {
      throw unavailable(error);
    }
  }

  /** Records an event that nobody waits for, soon. */
  later(event: AuditEvent): void {
    if (this.waiting.length === MAX_WAITING) {
      this.lost += 1;
      return;
    }
    this.waiting.push(...this.writer.happened([event]));
    this.timer ??= setTimeout(() => void this.flush(), GATHER_MS).unref();
  }

  /** Writes what waits; what cannot be written waits on. */
  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.flushing = this.flushing.then(() => this.writeWaiting());
    return this.flushing;
  }

  /** The newest first, with all that was recorded before the question. @throws Problem `bff_directory_unavailable` */
  async page(query: AuditQuery): Promise<AuditPage> {
    try {
      return await inTime(WAIT_MS, () => this.flush().then(() => readPage(this.connection.orm, query)));
    } catch (error) {
      report(error);
      throw new Problem('bff_directory_unavailable', { cause: error });
    }
  }

  private write(happened: readonly HappenedEvent[], keep?: () => void): Promise<void> {
    return this.connection.orm.transaction(async (orm) => {
      await this.writer.appendHappened(orm, happened);
      keep?.();
    });
  }

  private async writeWaiting(): Promise<void> {
    const blocked: HappenedEvent[] = [];
    while (this.waiting.length > 0) {
      const batch = this.waiting.slice(0, MAX_BATCH);
      try {
        await this.write(batch);
        this.waiting = this.waiting.slice(batch.length);
      } catch (error) {
        report(error);
        if (!(error instanceof BrokenChainError)) break;
        // What belongs to other chains does not wait for one that takes nothing.
        const { chain } = error;
        blocked.push(...this.waiting.filter((happened) => chainOf(happened) === chain));
        this.waiting = this.waiting.filter((happened) => chainOf(happened) !== chain);
      }
    }
    this.waiting = [...blocked, ...this.waiting];
    if (this.waiting.length > 0) this.timer ??= setTimeout(() => void this.flush(), RETRY_MS).unref();
  }
}

function report(error: unknown): void {
  logger.error(`The audit trail cannot be used: ${causeOf(error)}`);
}

function unavailable(error: unknown): Problem {
  report(error);
  return new Problem('bff_audit_unavailable', { cause: error });
}
