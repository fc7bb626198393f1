import { type Clock } from '@bff/config';

/** A read under way; it is stale if its key changed since it was sent. */
interface Load<Entry> {
  readonly entry: Promise<Entry | undefined>;
  isStale: boolean;
}

/** A key without a record. */
interface Absence extends Expiring {
  readonly isAbsent: true;
}

interface Expiring {
  /** Monotonic milliseconds. */
  readonly expiresAt: number;
}

/** Time for which the absence of a record is remembered. */
const ABSENCE_MS = 60_000;

/**
 * Copies of records in the memory of this node, and the reads that bring them. A read that was overtaken by a change of
 * its key is answered but not kept.
 */
export class LocalCopies<Entry extends Expiring> {
  private readonly copies = new Map<string, Entry | Absence>();
  private readonly loads = new Map<string, Load<Entry>>();

  /** @param maxCopies 0 for a store without copies, whose concurrent reads are still shared */
  constructor(
    private readonly maxCopies: number,
    private readonly keepsAbsence: boolean,
    private readonly monotonic: Clock,
  ) {}

  /** Returns the entry of a key; null if the key is known to have none, undefined if nothing is known. */
  find(key: string): Entry | null | undefined {
    const copy = this.copies.get(key);
    if (copy === undefined || copy.expiresAt <= this.monotonic()) return undefined;
    return 'isAbsent' in copy ? null : copy;
  }

  /** Joins a current read of the key, or begins one. */
  load(key: string, read: () => Promise<Entry | undefined>): Promise<Entry | undefined> {
    const pending = this.loads.get(key);
    if (pending !== undefined && !pending.isStale) return pending.entry;
    const load: Load<Entry> = { entry: read(), isStale: false };
    this.loads.set(key, load);
    const done = (): void => {
      if (this.loads.get(key) === load) this.loads.delete(key);
    };
    load.entry.then((entry) => {
      done();
      if (load.isStale) return;
      if (entry !== undefined) this.keep(key, entry);
      else if (this.keepsAbsence)
        this.keep(key, { isAbsent: true, expiresAt: this.monotonic() + ABSENCE_MS });
    }, done);
    return load.entry;
  }

  forget(key: string): void {
    this.copies.delete(key);
    const load = this.loads.get(key);
    if (load !== undefined) load.isStale = true;
  }

  forgetAll(): void {
    this.copies.clear();
    for (const load of this.loads.values()) load.isStale = true;
  }

  private keep(key: string, entry: Entry | Absence): void {
    if (this.maxCopies === 0) return;
    if (this.copies.size >= this.maxCopies) {
      const oldest = this.copies.keys().next();
      if (oldest.done === false) this.copies.delete(oldest.value);
    }
    this.copies.set(key, entry);
  }
}
