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
import { AuditWriter, BrokenChainError, chainOf, type TimedEvent } from './audit-writer.js';
import { ChainBusyError, ChainQueues } from './chain-queues.js';

/** Maximum wait for an audit write; on timeout the transaction is rolled back. */
const WAIT_MS = 5_000;
/** Delay before batched events that could not be written are tried again. */
const RETRY_MS = 5_000;

/**
 * Maximum wait of a batch for other writes to its chain; the batches of other chains are delayed by this
 * time.
 */
const BATCH_WAIT_MS = 1_000;

/** Batched events are written after this time, each chain in its own transaction. */
const BATCH_MS = 250;

/**
 * Maximum wait of a page for batched events, so that readers usually see the events of their own last
 * actions.
 */
const PAGE_WAIT_MS = 500;

/** Delay between a write and the anchor that covers it. */
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
  private readonly queues = new ChainQueues();
  private timer: NodeJS.Timeout | undefined;
  private flushing: Promise<void> | undefined;
  private readonly anchors: AuditAnchors;
  private anchorTimer: NodeJS.Timeout | undefined;
  /** The mismatches of the last anchor, so that each is logged once. */
  private reportedMismatches = '';

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

  /** Events that were dropped since start-up. */
  get lost(): number {
    return this.queue.lost;
  }

  /**
   * Records events in the transaction of the change that they describe, so that both are committed or
   * neither.
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
   * Records events before the action that they describe, in a separate transaction that does not wait for
   * batched events.
   * @throws Problem `bff_audit_unavailable`
   */
  async record(...events: readonly AuditEvent[]): Promise<void> {
    const timed = this.writer.withTime(events);
    try {
      await inTime(WAIT_MS, (keep, signal) => this.write(timed, signal, keep));
    } catch (error) {
      throw unavailable(error);
    }
  }

  /**
   * Batches an event without waiting for the write; excess events of one actor and kind are counted instead.
   */
  later(event: AuditEvent): void {
    for (const timed of this.writer.withTime([event])) this.enqueue(this.repeats.admit(timed));
    this.schedule(BATCH_MS);
  }

  /** Tries to write the batched events; those that cannot be written are tried again later. */
  flush(): Promise<void> {
    this.flushing ??= this.writeBatches().then((complete) => {
      this.flushing = undefined;
      if (!complete) this.schedule(RETRY_MS);
      else if (this.queue.size > 0 || this.repeats.isOpen) this.schedule(BATCH_MS);
    });
    return this.flushing;
  }

  /** A page of stored events, newest first. @throws Problem `bff_directory_unavailable` */
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
    this.enqueue(this.repeats.collectAll());
    await this.flushing;
    await this.flush();
    clearTimeout(this.timer);
    if (this.anchorTimer !== undefined) await this.anchor();
    clearTimeout(this.anchorTimer);
  }

  /**
   * Anchors the chains once per {@link ANCHOR_MS}: with an anchor per write, all writes would wait for one
   * lock.
   */
  private anchorSoon(): void {
    this.anchorTimer ??= setTimeout(() => void this.anchor(), ANCHOR_MS).unref();
  }

  private async anchor(): Promise<void> {
    clearTimeout(this.anchorTimer);
    this.anchorTimer = undefined;
    try {
      const mismatches = await this.connection.orm.transaction(async (orm) => {
        return this.anchors.advance(orm);
      });
      const found = mismatches.join('; ');
      if (found !== '' && found !== this.reportedMismatches)
        logger.error(`The audit log was modified: ${found}`);
      this.reportedMismatches = found;
    } catch (error) {
      report(error);
      this.anchorSoon();
    }
  }

  private enqueue(events: readonly TimedEvent[]): void {
    for (const timed of events) this.queue.add(timed);
  }

  private schedule(milliseconds: number): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.flush();
    }, milliseconds).unref();
  }

  /** @param signal aborts the wait for other writes to the same chains */
  private async write(timed: readonly TimedEvent[], signal: AbortSignal, keep?: () => void): Promise<void> {
    await this.queues.run(timed.map(chainOf), signal, () =>
      this.connection.orm.transaction(async (orm) => {
        await this.writer.appendTimed(orm, timed);
        keep?.();
      }),
    );
    this.anchorSoon();
  }

  /** @returns whether all batched events could be written */
  private async writeBatches(): Promise<boolean> {
    this.enqueue(this.repeats.collect(this.clock()));
    const stuck = new Set<string>();
    for (let left = this.queue.size; left > 0;) {
      const batch = this.queue.take(stuck);
      if (batch === undefined) break;
      left -= batch.events.length;
      try {
        await this.write(batch.events, AbortSignal.timeout(BATCH_WAIT_MS));
        this.queue.written(batch);
      } catch (error) {
        this.queue.putBack(batch);
        report(error);
        if (!isChainError(error)) return false;
        stuck.add(batch.chain);
      }
    }
    return stuck.size === 0;
  }
}

/**
 * Whether an error concerns one chain that is damaged, locked or busy, so that other chains can still be
 * written.
 */
function isChainError(error: unknown): boolean {
  return error instanceof BrokenChainError || error instanceof ChainBusyError || isLockTimeout(error);
}

/** Whether a transaction timed out while it waited for a lock. */
function isLockTimeout(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ((cause as NodeJS.ErrnoException).code === LOCK_NOT_AVAILABLE) return true;
  }
  return false;
}

function report(error: unknown): void {
  logger.error(`The audit log is unavailable: ${causeOf(error)}`);
}

function unavailable(error: unknown): Problem {
  report(error);
  return new Problem('bff_audit_unavailable', { cause: error });
}
