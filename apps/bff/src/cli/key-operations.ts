import { AuditLog, AuditSeals, OPERATOR } from '@bff/audit';
import { BFF_CONFIG, type BffConfig, type RedisSettings } from '@bff/config';
import { DatabaseConnection, Directory } from '@bff/database';
import { countKeyUsage, HashKeys, Keyring, type KeyUsage, SealedRows, type StoredKind } from '@bff/secrets';
import { type RecordPage, SealedRecords } from '@bff/state';
import { Inject, Injectable } from '@nestjs/common';

/** Injection token of the settings of the session store; null if sessions are stored in the process. */
export const SESSION_STORE = Symbol('SESSION_STORE');

/** The keys of the process that executes commands, and the rows that name them. */
export interface KeyReport {
  /** The id of the key that seals. */
  readonly sealingKey: string;
  readonly keys: readonly string[];
  /** Whether the key was generated, because none is configured. */
  readonly isGenerated: boolean;
  readonly usage: readonly KeyUsage[];
  readonly hasSessionStore: boolean;
}

/** The result of sealing one batch of rows again. */
export interface ResealedBatch {
  readonly resealed: number;
  /** Names of rows that cannot be opened, which were left. */
  readonly unreadable: readonly string[];
  /** The row to continue after; null after the last batch. */
  readonly last: string | null;
}

/** The steps of `bff keys`, each short, so that a rotation can be interrupted between any two. */
@Injectable()
export class KeyOperations {
  private readonly records: SealedRecords | null;

  constructor(
    private readonly keyring: Keyring,
    private readonly hashKeys: HashKeys,
    private readonly rows: SealedRows,
    private readonly directory: Directory,
    private readonly connection: DatabaseConnection,
    private readonly auditSeals: AuditSeals,
    private readonly audit: AuditLog,
    @Inject(BFF_CONFIG) private readonly config: BffConfig,
    @Inject(SESSION_STORE) sessionStore: RedisSettings | null,
  ) {
    this.records = sessionStore === null ? null : new SealedRecords(sessionStore, keyring);
  }

  async report(): Promise<KeyReport> {
    return {
      sealingKey: this.keyring.sealingId,
      keys: this.keyring.ids,
      isGenerated: this.config.encryptionKeys === null,
      usage: await countKeyUsage(this.connection.maintenance),
      hasSessionStore: this.records !== null,
    };
  }

  /** Renews the key of session tickets; keys that no living session can be under are removed. */
  async begin(): Promise<void> {
    const longestMs = Math.max(...this.config.frontends.map(({ absoluteMs }) => absoluteMs));
    await this.directory.change((orm) => this.hashKeys.renew(orm, 'session-tickets', longestMs));
  }

  /** @param after the row after which the batch begins; null for the first batch */
  reseal(kind: StoredKind, after: string | null): Promise<ResealedBatch> {
    switch (kind) {
      case 'auditChains':
        return this.auditSeals.reseal(after);
      case 'auditAnchor':
        return this.auditSeals.resealAnchor();
      case 'tenantCredentials':
      case 'adminCredentials':
      case 'totpSecrets':
      case 'hashKeys':
        return this.rows.reseal(kind, after ?? '');
    }
  }

  countRecords(cursor: string): Promise<RecordPage> {
    return this.sessionRecords().count(cursor);
  }

  resealRecords(cursor: string): Promise<RecordPage> {
    return this.sessionRecords().reseal(cursor);
  }

  /** Audits a rotation. @param records number of records that were sealed again, by kind */
  async finish(records: Readonly<Record<string, number>>): Promise<void> {
    await this.audit.record({
      event: 'keys.rotated',
      outcome: 'success',
      actor: OPERATOR,
      tenantId: null,
      requestId: null,
      details: { key: this.keyring.sealingId, records },
    });
  }

  private sessionRecords(): SealedRecords {
    if (this.records === null) throw new Error('No session store is configured');
    return this.records;
  }
}
