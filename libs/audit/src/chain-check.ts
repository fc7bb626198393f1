import { type auditEvents } from '@bff/database';
import { chainedHash, type ChainHead, nameOf } from './audit-chain.js';
import { type AuditRecord } from './audit-event.js';

type Row = typeof auditEvents.$inferSelect;

/** Verifies a chain from its checkpoint to its head, and collects the problems. */
export class ChainCheck {
  private readonly problems: string[] = [];
  private previous: string;
  private expected: number;
  /** The last event whose hash fits. */
  private last: Row | undefined;

  constructor(private readonly head: ChainHead) {
    this.previous = head.prunedHash;
    this.expected = head.prunedSequence + 1;
  }

  next(row: Row): void {
    if (row.sequence < this.expected) {
      this.say(`event ${row.sequence} (${idOf(row.record)}) was added where there can be none`);
      return;
    }
    this.missingBefore(row.sequence);
    if (chainedHash(this.previous, row.sequence, row.record) !== row.hash) {
      this.say(`event ${row.sequence} (${idOf(row.record)}) was edited or reordered`);
    } else {
      if (this.last !== undefined && row.position < this.last.position) this.sayMisfiled(this.last);
      if (!isFiledRight(row)) this.sayMisfiled(row);
      this.last = row;
    }
    this.previous = row.hash;
    this.expected += 1;
  }

  /** @returns a sentence for each problem, once all events were passed to {@link next} */
  finish(): readonly string[] {
    this.missingBefore(this.head.sequence + 1);
    if (this.previous !== this.head.hash) this.say('its last event is not the one that was sealed');
    return this.problems;
  }

  private missingBefore(sequence: number): void {
    const [first, last] = [this.expected, sequence - 1];
    if (first > last) return;
    this.say(first === last ? `event ${first} was removed` : `events ${first} to ${last} were removed`);
    this.expected = sequence;
  }

  private sayMisfiled({ sequence, record }: Row): void {
    this.say(`event ${sequence} (${idOf(record)}) is filed in another's place`);
  }

  private say(what: string): void {
    this.problems.push(`${nameOf(this.head.chain)}: ${what}`);
  }
}

/** Whether the columns by which an event is found say what its record says. */
function isFiledRight(row: Row): boolean {
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

/** Whoever could edit a record could make anything of it. */
function parsed(record: string): Partial<AuditRecord> {
  try {
    return Object(JSON.parse(record)) as Partial<AuditRecord>;
  } catch {
    return {};
  }
}
