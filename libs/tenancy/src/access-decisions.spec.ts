import { describe, expect, it } from '@jest/globals';
import { decide, type TenantNeed } from './access-decisions.js';
import { type TenantRelation } from './tenant-relation.js';

const RELATIONS: readonly TenantRelation[] = [
  'viewer',
  'editor',
  'elevated-admin',
  'admin',
  'member-of-admin-tenant',
  'none',
];

describe('the decision by need and relation (AZT-01)', () => {
  it.each<[need: TenantNeed, granted: readonly TenantRelation[], roleRequired: readonly TenantRelation[]]>([
    ['related', ['viewer', 'editor', 'elevated-admin', 'admin', 'member-of-admin-tenant'], []],
    ['viewer', ['viewer', 'editor', 'elevated-admin', 'admin'], ['member-of-admin-tenant']],
    ['editor', ['editor', 'elevated-admin', 'admin'], ['viewer', 'member-of-admin-tenant']],
  ])(
    'a route that needs %s is granted to %j, requires another role from %j, and does not exist for the rest',
    (need, granted, roleRequired) => {
      for (const relation of RELATIONS) {
        const decision = granted.includes(relation)
          ? 'granted'
          : roleRequired.includes(relation)
            ? 'bff_role_required'
            : 'bff_tenant_not_found';
        expect([relation, decide(need, relation)]).toEqual([relation, decision]);
      }
    },
  );
});
