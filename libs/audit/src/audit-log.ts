import { setTimeout as pause } from 'node:timers/promises';
import { BFF_CONFIG, type BffConfig, type Clock } from '@bff/config';
import { causeOf, DatabaseConnection, Directory, inTime, type Orm } from '@bff/database';
import { Problem } from '@bff/problems';
import { Keyring } from '@bff/secrets';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { AuditAnchors } from './audit-anchors.js';
import { type AuditEvent } from './audit-event.js';
import { AuditQueue } from './audit-queue.js';
import { type AuditPage, type AuditQuery, readPage } from './audit-reader.js';
import { AuditRepeats } from './audit-repeats.js';
import { AuditWriter, BrokenChainError, chainOf, type HappenedEvent } from './audit-writer.js';
import { ChainBusyError, ChainTurns } from './chain-turns.js';

/** Maximum wait for an audit write; on time-out the transaction is rolled back. */
const WAIT_MS = 5_000;
const RETRY_MS = 5_000;

/** Maximum wait of gathered events for other writes to their chain; those of the other chains wait for as long. */
const TURN_MS = 1_000;

/** Gathered events are written after this time, each chain in its own transaction. */
const GATHER_MS = 250;

/** A page waits at most this long for events that are being gathered, so that a reader usually sees what they have just done. */
const PAGE_WAIT_MS = 500;

/** Between a write and the anchor that covers it. */
const ANCHOR_MS = 2_000;

/** PostgreSQL, appendix A: `lock_not_available`. */
const LOCK_NOT_AVAILABLE = '55P03';

const logger = new Logger('Audit');

/** Records audit events (docs/security-requirements.md LOG-06 to LOG-08). */
@Injectable()
export class AuditLog {
  private readonly writer: AuditWriter;
  private readonly clock: Clock;
  private readonly repeats = new AuditRepeats();
  private readonly queue = new AuditQueue();
  private readonly turns = new ChainTurns();
  private timer: NodeJS.Timeout | undefined;
  private flushing: Promise<void> | undefined;
  private readonly anchors: AuditAnchors;
  private anchorTimer: NodeJS.Timeout | undefined;
  /** What the last anchor found, so that it is logged once. */
  private misfits = '';

  constructor(
    private readonly connection: DatabaseConnection,
    keyring: Keyring,
    directory: Directory,
    @Inject(BFF_CONFIG) config: BffConfig,
  ) {
    this.clock = config.clock;
    this.writer = new AuditWriter(keyring, config);
    this.anchors = new AuditAnchors(keyring, config.clock);
    directory.beforeClose(() => this.close());
  }

  /** Events that could not be kept since the start. */
  get lost(): number {
    return this.queue.lost;
  }

  /**
   * Records events in the transaction of the change they are about: both are kept, or neither.
   * @throws Problem `bff_audit_unavailable`
   */
  async append(orm: Orm, events: readonly AuditEvent[]): Promise<void> {
    if (events.length === 0) return;
    try {
      await this.writer.append(orm, events);
      this.anchorSoon();
    } catch (error) {
      throw unavailable(error);
    }
  }

  /**
   * Records events before what they are about is done, in a transaction that waits for no gathered event.
   * @throws Problem `bff_audit_unavailable`
   */
  async record(...events: readonly AuditEvent[]): Promise<void> {
    const happened = this.writer.happened(events);
    try {
      await inTime(WAIT_MS, (keep, signal) => this.write(happened, signal, keep));
    } catch (error) {
      throw unavailable(error);
    }
  }

  /** Gathers an event that nobody waits for; it is written soon, or counted with others of its actor and kind. */
  later(event: AuditEvent): void {
    for (const happened of this.writer.happened([event])) this.gather(this.repeats.admit(happened));
    this.schedule(GATHER_MS);
  }

  /** Tries to write the gathered events; those that cannot be written are tried again later. */
  flush(): Promise<void> {
    this.flushing ??= this.writeGathered().then((complete) => {
      this.flushing = undefined;
      if (!complete) this.schedule(RETRY_MS);
      else if (this.queue.size > 0 || this.repeats.isOpen) this.schedule(GATHER_MS);
    });
    return this.flushing;
  }

  /** A page of what is stored, the newest first. @throws Problem `bff_directory_unavailable` */
  async page(query: AuditQuery): Promise<AuditPage> {
    try {
      return await inTime(WAIT_MS, async () => {
        await Promise.race([this.flush(), pause(PAGE_WAIT_MS, undefined, { ref: false })]);
        return readPage(this.connection.orm, query);
      });
    } catch (error) {
      report(error);
      throw new Problem('bff_directory_unavailable', { cause: error });
    }
  }

  private async close(): Promise<void> {
    this.gather(this.repeats.collectAll());
    await this.flushing;
    await this.flush();
    clearTimeout(this.timer);
    if (this.anchorTimer !== undefined) await this.anchor();
    clearTimeout(this.anchorTimer);
  }

  /** Anchors the chains once for all writes of a short time: a lock that every write took would put all in one line. */
  private anchorSoon(): void {
    this.anchorTimer ??= setTimeout(() => void this.anchor(), ANCHOR_MS).unref();
  }

  private async anchor(): Promise<void> {
    clearTimeout(this.anchorTimer);
    this.anchorTimer = undefined;
    try {
      const misfits = await this.connection.orm.transaction(async (orm) => {
        return this.anchors.advance(orm);
      });
      const found = misfits.join('; ');
      if (found !== '' && found !== this.misfits) logger.error(`The audit log was changed: ${found}`);
      this.misfits = found;
    } catch (error) {
      report(error);
      this.anchorSoon();
    }
  }

  private gather(events: readonly HappenedEvent[]): void {
    for (const happened of events) this.queue.add(happened);
  }

  private schedule(milliseconds: number): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.flush();
    }, milliseconds).unref();
  }

  /** @param signal ends the wait for other writes to the same chains */
  private async write(
    happened: readonly HappenedEvent[],
    signal: AbortSignal,
    keep?: () => void,
  ): Promise<void> {
    await this.turns.run(happened.map(chainOf), signal, () =>
      this.connection.orm.transaction(async (orm) => {
        await this.writer.appendHappened(orm, happened);
        keep?.();
      }),
    );
    this.anchorSoon();
  }

  /** @returns whether everything that was gathered before could be written */
  private async writeGathered(): Promise<boolean> {
    this.gather(this.repeats.collect(this.clock()));
    const stuck = new Set<string>();
    for (let left = this.queue.size; left > 0;) {
      const batch = this.queue.take(stuck);
      if (batch === undefined) break;
      left -= batch.events.length;
      try {
        await this.write(batch.events, AbortSignal.timeout(TURN_MS));
        this.queue.written(batch);
      } catch (error) {
        this.queue.putBack(batch);
        report(error);
        if (!isOfOneChain(error)) return false;
        stuck.add(batch.chain);
      }
    }
    return stuck.size === 0;
  }
}

/** Whether an error concerns one chain, which is damaged, locked or busy: other chains do not wait for it. */
function isOfOneChain(error: unknown): boolean {
  return error instanceof BrokenChainError || error instanceof ChainBusyError || isLockTimeout(error);
}

/** Whether a transaction gave up waiting for a lock that another one holds. */
function isLockTimeout(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ((cause as NodeJS.ErrnoException).code === LOCK_NOT_AVAILABLE) return true;
  }
  return false;
}

function report(error: unknown): void {
  logger.error(`The audit log cannot be used: ${causeOf(error)}`);
}

function unavailable(error: unknown): Problem {
  report(error);
  return new Problem('bff_audit_unavailable', { cause: error });
}
