export { causeOf } from './cause.js';
export { type ChangedRows, changedOnly } from './changed-rows.js';
export { DatabaseConnection, DatabaseInUseError, type Orm } from './connection.js';
export { DatabaseModule, OwnerRequests } from './database.module.js';
export { directoryProblem } from './directory-problem.js';
export { Directory, type Change, type ChangeOptions, type PartReader, type PutOutcome } from './directory.js';
export { emailKey } from './email-key.js';
export { inTime } from './in-time.js';
export { askOwner, type OwnerRequestHandler } from './owner-socket.js';
export { openDatabase, migrateDatabase } from './open-database.js';
export { ownerSocketPath } from './pglite.js';
export { changeSorted } from './sorted-map.js';
export {
  adminCredentials,
  auditAnchor,
  auditChains,
  auditCheckpoints,
  auditEvents,
  CREDENTIAL_SCHEMES,
  directoryVersion,
  familiarAddresses,
  GLOBAL_ROLES,
  hashKeys,
  memberships,
  tenantCredentials,
  TENANT_ROLES,
  tenants,
  users,
  type CredentialScheme,
  type GlobalRole,
  type TenantRole,
} from './schema.js';
export { SerialQueue } from './serial-queue.js';
