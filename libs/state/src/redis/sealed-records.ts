import { type RedisSettings } from '@bff/config';
import { type Keyring } from '@bff/secrets';
import { MAX_RECORD_VERSION } from '../record-kind.js';
import { recordContext, RECORD_PREFIX } from './record-codec.js';
import { RESEAL } from './record-scripts.js';
import { newClient, type RedisClient } from './redis-client.js';
import { currentServer } from './sentinels.js';

/** Keys that one call looks at. */
const PAGE = 500;

/** Maximum characters of a record before its ciphertext: generation, format, key id. */
const HEADER_LENGTH = 100;

/** Cursor of the first page, and after the last one. */
export const FIRST_PAGE = '0';

/** `<generation>.bff1.<key id>.` */
const HEADER = /^(\d+)\.bff1\.([\w-]{1,64})\./;

/** Records of one page of the store, by the encryption key that they name. */
export interface RecordPage {
  /** The cursor of the next page; {@link FIRST_PAGE} after the last page. */
  readonly cursor: string;
  /** Number of records by key id; empty for damaged records. */
  readonly counts: Readonly<Record<string, number>>;
  readonly resealed: number;
  /** Records that cannot be opened, which were left: they count as absent and expire. */
  readonly unreadable: number;
}

/**
 * The sealed records of a shared store, whatever their kind, on connections of their own. A record that is created during
 * a pass over all pages may be missed; one that exists during the whole pass is not.
 */
export class SealedRecords {
  constructor(
    private readonly settings: RedisSettings,
    private readonly keyring: Keyring,
  ) {}

  /** Counts the records of a page by their keys. @throws Error if the store is unavailable */
  count(cursor: string): Promise<RecordPage> {
    return this.page(cursor, (client, key) => client.getRange(key, 0, HEADER_LENGTH), false);
  }

  /**
   * Seals the records of a page with the first key. A record that changed since it was read is left, because nodes seal
   * with their first key; lifetime, groups and generation stay.
   * @throws Error if the store is unavailable
   */
  reseal(cursor: string): Promise<RecordPage> {
    return this.page(cursor, (client, key) => client.get(key), true);
  }

  private async page(
    cursor: string,
    read: (client: RedisClient, key: string) => Promise<string | null>,
    reseals: boolean,
  ): Promise<RecordPage> {
    const client = newClient(await currentServer(this.settings), this.settings);
    // The command in progress reports the error.
    client.on('error', () => undefined);
    try {
      await client.connect();
      const scan = await client.scan(cursor, { MATCH: `${RECORD_PREFIX}*`, COUNT: PAGE });
      const counts: Record<string, number> = {};
      let [resealed, unreadable] = [0, 0];
      const records = await Promise.all(
        scan.keys.map(async (key) => [key, await read(client, key)] as const),
      );
      for (const [key, record] of records) {
        // It expired since it was listed.
        if (record === null || record === '') continue;
        const keyId = HEADER.exec(record)?.[2] ?? '';
        counts[keyId] = (counts[keyId] ?? 0) + 1;
        if (!reseals || keyId === this.keyring.sealingId) continue;
        const replacement = this.resealed(key, record);
        if (replacement === null) unreadable += 1;
        else if ((await RESEAL.run(client, [key], [record, replacement])) === 1) resealed += 1;
      }
      return { cursor: scan.cursor, counts, resealed, unreadable };
    } finally {
      if (client.isOpen) client.destroy();
    }
  }

  /** Returns null if the record cannot be opened under any version of its kind. */
  private resealed(key: string, record: string): string | null {
    const end = record.indexOf('.') + 1;
    for (let version = 1; version <= MAX_RECORD_VERSION; version += 1) {
      const sealed = this.keyring.reseal(record.slice(end), recordContext(key, version));
      if (sealed !== null) return record.slice(0, end) + sealed;
    }
    return null;
  }
}
