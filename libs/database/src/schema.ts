import { ENVIRONMENTS, PLANES } from '@bff/config';
import {
  bigint,
  boolean,
  index,
  integer,
  pgEnum,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
  uuid,
} from 'drizzle-orm/pg-core';

export const TENANT_ROLES = ['viewer', 'editor'] as const;
export type TenantRole = (typeof TENANT_ROLES)[number];

export const GLOBAL_ROLES = ['user', 'admin'] as const;
export type GlobalRole = (typeof GLOBAL_ROLES)[number];

export const CREDENTIAL_SCHEMES = ['oauth2', 'basic'] as const;
export type CredentialScheme = (typeof CREDENTIAL_SCHEMES)[number];

export const environment = pgEnum('environment', ENVIRONMENTS);
export const plane = pgEnum('plane', PLANES);
export const tenantRole = pgEnum('tenant_role', TENANT_ROLES);
export const globalRole = pgEnum('global_role', GLOBAL_ROLES);
export const credentialScheme = pgEnum('credential_scheme', CREDENTIAL_SCHEMES);

const createdAt = timestamp('created_at', { withTimezone: true }).notNull().defaultNow();
const updatedAt = timestamp('updated_at', { withTimezone: true }).notNull().defaultNow();

/**
 * One row; a trigger on every table of the directory increments the version once per transaction that writes.
 */
export const directoryVersion = pgTable('directory_version', {
  id: integer('id').primaryKey(),
  version: bigint('version', { mode: 'number' }).notNull(),
});

/**
 * The rows that each of the last 1 000 versions changed, written by triggers; the key of a membership is its
 * user id. The table name `*` represents a change without row keys (TRUNCATE).
 */
export const directoryChanges = pgTable(
  'directory_changes',
  {
    version: bigint('version', { mode: 'number' }).notNull(),
    tableName: text('table_name').notNull(),
    key: text('key').notNull(),
  },
  (table) => [primaryKey({ columns: [table.version, table.tableName, table.key] })],
);

export const tenants = pgTable(
  'tenants',
  {
    id: text('id').primaryKey(),
    /**
     * Identifies the record; a tenant that is deleted and created again under the same id gets another value.
     */
    recordId: uuid('record_id').notNull().defaultRandom(),
    name: text('name').notNull(),
    projectId: text('project_id').notNull(),
    environment: environment('environment').notNull(),
    plane: plane('plane').notNull(),
    createdAt,
    updatedAt,
  },
  (table) => [unique('tenants_project').on(table.environment, table.projectId)],
);

/**
 * `version` is the version of the directory at which the secret was set, and is never reused for another
 * secret.
 */
export const tenantCredentials = pgTable('tenant_credentials', {
  tenantId: text('tenant_id')
    .primaryKey()
    .references(() => tenants.id, { onDelete: 'cascade' }),
  scheme: credentialScheme('scheme').notNull(),
  keyId: text('key_id').notNull(),
  sealedSecret: text('sealed_secret').notNull(),
  version: bigint('version', { mode: 'number' }).notNull(),
  createdAt,
  updatedAt,
});

export const adminCredentials = pgTable('admin_credentials', {
  environment: environment('environment').primaryKey(),
  keyId: text('key_id').notNull(),
  sealedSecret: text('sealed_secret').notNull(),
  version: bigint('version', { mode: 'number' }).notNull(),
  createdAt,
  updatedAt,
});

export const users = pgTable(
  'users',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    email: text('email').notNull(),
    /** The normalized address: {@link emailKey}. */
    emailKey: text('email_key').notNull().unique('users_email'),
    name: text('name').notNull(),
    role: globalRole('role').notNull(),
    passwordHash: text('password_hash'),
    identityIssuer: text('identity_issuer'),
    identitySubject: text('identity_subject'),
    sealedTotpSecret: text('sealed_totp_secret'),
    totpVersion: bigint('totp_version', { mode: 'number' }),
    disabled: boolean('disabled').notNull().default(false),
    /** The version of the directory at which role or second factor last changed; it ends older elevations. */
    powersVersion: bigint('powers_version', { mode: 'number' }).notNull().default(0),
    /** The version of the directory at which all sessions of the user were ended; it ends older sessions. */
    sessionsVersion: bigint('sessions_version', { mode: 'number' }).notNull().default(0),
    createdAt,
    updatedAt,
  },
  (table) => [unique('users_identity').on(table.identityIssuer, table.identitySubject)],
);

export const memberships = pgTable(
  'memberships',
  {
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    tenantId: text('tenant_id')
      .notNull()
      .references(() => tenants.id, { onDelete: 'cascade' }),
    role: tenantRole('role').notNull(),
    createdAt,
    updatedAt,
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.tenantId] }),
    index('memberships_tenant').on(table.tenantId),
  ],
);

/**
 * The networks from which accounts signed in (docs/contract.md section 4, "Attempt limits"), stored as a
 * keyed hash over user id and network. `seenAt` lags by at most one day; rows older than 30 days are deleted.
 */
export const familiarAddresses = pgTable(
  'familiar_addresses',
  {
    hash: text('hash').primaryKey(),
    seenAt: timestamp('seen_at', { withTimezone: true, precision: 3 }).notNull(),
  },
  (table) => [index('familiar_addresses_seen_at').on(table.seenAt)],
);

/**
 * Keys of keyed hashes, sealed with an encryption key (libs/secrets), so that a rotation of the encryption keys changes
 * no hash. The generations of a purpose count from 1.
 */
export const hashKeys = pgTable(
  'hash_keys',
  {
    purpose: text('purpose').notNull(),
    generation: integer('generation').notNull(),
    sealedKey: text('sealed_key').notNull(),
    createdAt: timestamp('created_at', { withTimezone: true, precision: 3 }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.purpose, table.generation] })],
);

/**
 * Audit events in chains: the hash of each event covers the hash of the preceding one (libs/audit). `record`
 * is the event as JSON, exactly as it was hashed; the other columns are for queries.
 */
export const auditEvents = pgTable(
  'audit_events',
  {
    position: bigint('position', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    chain: text('chain').notNull(),
    sequence: bigint('sequence', { mode: 'number' }).notNull(),
    at: timestamp('at', { withTimezone: true, precision: 3 }).notNull(),
    tenantId: text('tenant_id'),
    actorId: text('actor_id'),
    record: text('record').notNull(),
    hash: text('hash').notNull(),
  },
  (table) => [
    unique('audit_events_sequence').on(table.chain, table.sequence),
    index('audit_events_time').on(table.at, table.position),
    index('audit_events_tenant').on(table.tenantId, table.at, table.position),
    index('audit_events_actor').on(table.actorId, table.at, table.position),
  ],
);

/**
 * The heads of the chains: their first and last event, under a MAC, so that changes without the key are
 * detected.
 */
export const auditChains = pgTable('audit_chains', {
  chain: text('chain').primaryKey(),
  /** The sequence number of the last event. */
  sequence: bigint('sequence', { mode: 'number' }).notNull(),
  hash: text('hash').notNull(),
  /** The sequence number of the last pruned event; 0 if none was pruned. */
  prunedSequence: bigint('pruned_sequence', { mode: 'number' }).notNull().default(0),
  prunedHash: text('pruned_hash').notNull().default(''),
  /** The number of the newest anchor when the head was written; 0 if there was none. */
  anchor: bigint('anchor', { mode: 'number' }).notNull().default(0),
  seal: text('seal').notNull(),
});

/** The heads of all chains, under a MAC and an increasing counter; one row. */
export const auditAnchor = pgTable('audit_anchor', {
  id: integer('id').primaryKey(),
  counter: bigint('counter', { mode: 'number' }).notNull(),
  /** Milliseconds since the epoch. */
  at: bigint('at', { mode: 'number' }).notNull(),
  /** JSON: chain, sequence number and hash of the last event of each chain. */
  heads: text('heads').notNull(),
  seal: text('seal').notNull(),
});

/**
 * Anchors that were printed as checkpoints; `bff audit verify --checkpoint` compares the printed line with
 * them.
 */
export const auditCheckpoints = pgTable('audit_checkpoints', {
  counter: bigint('counter', { mode: 'number' }).primaryKey(),
  at: bigint('at', { mode: 'number' }).notNull(),
  heads: text('heads').notNull(),
});
