import { adminCredentials, hashKeys, tenantCredentials, users } from '@bff/database';
import { type PgColumn, type PgTable } from 'drizzle-orm/pg-core';
import { type SealContext } from './keyring.js';

/** The kinds of stored records that name an encryption key, by their names in the output of `bff keys`. */
export const SEALED_KINDS = ['tenantCredentials', 'adminCredentials', 'totpSecrets', 'hashKeys'] as const;
export type SealedKind = (typeof SEALED_KINDS)[number];

/** A column of sealed secrets, with the columns that the seal is bound to. */
export interface SealedColumn {
  readonly table: PgTable;
  readonly kind: SealContext['kind'];
  readonly sealed: PgColumn;
  readonly owner: PgColumn;
  readonly version: PgColumn;
}

/** Every column that holds sealed secrets. */
export const SEALED_COLUMNS: Readonly<Record<SealedKind, SealedColumn>> = {
  tenantCredentials: {
    table: tenantCredentials,
    kind: 'tenant-credentials',
    sealed: tenantCredentials.sealedSecret,
    owner: tenantCredentials.tenantId,
    version: tenantCredentials.version,
  },
  adminCredentials: {
    table: adminCredentials,
    kind: 'admin-credentials',
    sealed: adminCredentials.sealedSecret,
    owner: adminCredentials.environment,
    version: adminCredentials.version,
  },
  totpSecrets: {
    table: users,
    kind: 'totp',
    sealed: users.sealedTotpSecret,
    owner: users.id,
    version: users.totpVersion,
  },
  hashKeys: {
    table: hashKeys,
    kind: 'hash-key',
    sealed: hashKeys.sealedKey,
    owner: hashKeys.purpose,
    version: hashKeys.generation,
  },
};
