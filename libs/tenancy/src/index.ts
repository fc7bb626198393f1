export { AccessControl, type TenantAccess } from './access-control.js';
export { isAdminNeed, isTenantNeed, type Need, type TenantNeed } from './access-decisions.js';
export { type Caller, type Elevation } from './caller.js';
export { assertElevatedAdmin, elevationRequired } from './elevation-required.js';
export { isAdmin, relationOf, type TenantRelation } from './tenant-relation.js';
export { TenancyModule } from './tenancy.module.js';
export { TenantDirectory } from './tenant-directory.js';
export { readRoles, readTenant, readTenants } from './tenant-queries.js';
export {
  isServedElsewhere,
  TENANT_ID,
  withChanges,
  type Membership,
  type Tenant,
  type TenantChanges,
  type TenantRecord,
} from './tenant.js';
