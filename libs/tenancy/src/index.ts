export { AccessControl, type TenantAccess } from './access-control.js';
export {
  decide,
  isTenantNeed,
  OPERATIONS,
  type Need,
  type Operation,
  type OperationName,
} from './access-table.js';
export { type Caller, type Elevation } from './caller.js';
export { standingOf, type Standing } from './standing.js';
export { TenancyModule } from './tenancy.module.js';
export { TenantDirectory } from './tenant-directory.js';
export {
  putMembership,
  putTenant,
  readRoles,
  readTenant,
  readTenants,
  removeMembership,
  removeTenant,
  type TenantStatement,
} from './tenant-repository.js';
export { TENANT_ID, type Membership, type Tenant } from './tenant.js';
