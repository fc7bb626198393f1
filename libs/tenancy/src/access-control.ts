import { Problem } from '@bff/problems';
import { Injectable } from '@nestjs/common';
import { decide, type TenantNeed } from './access-decisions.js';
import { type Caller } from './caller.js';
import { type TenantRelation, relationOf } from './tenant-relation.js';
import { TenantDirectory } from './tenant-directory.js';
import { type TenantRecord } from './tenant.js';

/** A tenant that the caller has access to, with the relation that grants it. */
export interface TenantAccess {
  readonly caller: Caller;
  readonly tenant: TenantRecord;
  readonly relation: TenantRelation;
}

/**
 * Hop 3: decides the access of each call by the tenant's record, before a credential is used
 * (docs/architecture.md, "One request, seven hops").
 */
@Injectable()
export class AccessControl {
  constructor(private readonly tenants: TenantDirectory) {}

  /**
   * Returns the access of a caller to a tenant.
   * @throws Problem `bff_role_required`, or `bff_tenant_not_found`, which is identical for a tenant that does
   * not exist and one that the caller must not know of
   */
  accessTo(tenantId: string, need: TenantNeed, caller: Caller): TenantAccess {
    const tenant = this.tenants.get(tenantId);
    const relation = relationOf(tenant, this.tenants.roleOf(caller.user.id, tenantId), caller);
    const decision = decide(need, relation);
    if (decision !== 'granted') throw new Problem(decision);
    return { caller, tenant, relation };
  }
}
