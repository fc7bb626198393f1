import { type auditEvents } from '@bff/database';
import { chainedHash, type ChainHead, nameOf } from './audit-chain.js';
import { type AuditRecord } from './audit-event.js';

type Row = typeof auditEvents.$inferSelect;

/** Verifies a chain from its last pruned event to its head and collects the problems. */
export class ChainCheck {
  private readonly problems: string[] = [];
  private previous: string;
  private expected: number;
  /** The last event with a valid hash. */
  private last: Row | undefined;

  constructor(private readonly head: ChainHead) {
    this.previous = head.prunedHash;
    this.expected = head.prunedSequence + 1;
  }

  next(row: Row): void {
    if (row.sequence < this.expected) {
      this.report(
        `event ${row.sequence} (${idOf(row.record)}) was added before the first event of the chain`,
      );
      return;
    }
    this.reportMissingBefore(row.sequence);
    if (chainedHash(this.previous, row.sequence, row.record) !== row.hash) {
      this.report(`event ${row.sequence} (${idOf(row.record)}) was edited or reordered`);
    } else {
      if (this.last !== undefined && row.position < this.last.position) this.reportMisplaced(this.last);
      if (!columnsMatchRecord(row)) this.reportMisplaced(row);
      this.last = row;
    }
    this.previous = row.hash;
    this.expected += 1;
  }

  /** @returns a sentence for each problem, once all events were passed to {@link next} */
  finish(): readonly string[] {
    this.reportMissingBefore(this.head.sequence + 1);
    if (this.previous !== this.head.hash) this.report('its last event is not the one that the head names');
    return this.problems;
  }

  private reportMissingBefore(sequence: number): void {
    const [first, last] = [this.expected, sequence - 1];
    if (first > last) return;
    this.report(first === last ? `event ${first} was removed` : `events ${first} to ${last} were removed`);
    this.expected = sequence;
  }

  private reportMisplaced({ sequence, record }: Row): void {
    this.report(`event ${sequence} (${idOf(record)}) has columns or a position that do not match its record`);
  }

  private report(problem: string): void {
    this.problems.push(`${nameOf(this.head.chain)}: ${problem}`);
  }
}

/** Whether the columns that queries use match the record. */
function columnsMatchRecord(row: Row): boolean {
  const { tenantId, actor, at } = parsed(row.record);
  return (
    tenantId === row.tenantId &&
    actor?.id === row.actorId &&
    (tenantId ?? '') === row.chain &&
    Date.parse(at ?? '') === row.at.getTime()
  );
}

function idOf(record: string): string {
  return String(parsed(record).id);
}

/** A record that was edited may not be a JSON object. */
function parsed(record: string): Partial<AuditRecord> {
  try {
    return Object(JSON.parse(record)) as Partial<AuditRecord>;
  } catch {
    return {};
  }
}
