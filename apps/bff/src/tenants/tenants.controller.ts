import { reaches } from '@bff/frontends';
import { Problem } from '@bff/problems';
import { type Session } from '@bff/session';
import { TenantDirectory } from '@bff/tenancy';
import { Forwarder, type ForwardScope } from '@bff/upstream';
import { Controller, Query } from '@nestjs/common';
import { Access, CurrentSession, Operation } from '../request/operation.js';
import { PageTokens } from '../request/page-tokens.js';
import { PagePipe, type PageQuery } from '../request/page.query.js';
import { type TenantEntry, tenantEntry } from '../sessions/session-document.js';

const DEFAULT_PAGE_SIZE = 50;

@Controller()
export class TenantsController {
  constructor(
    private readonly tenants: TenantDirectory,
    private readonly upstream: Forwarder,
    private readonly pageTokens: PageTokens,
  ) {}

  @Operation('tenants.list')
  list(@CurrentSession() session: Session, @Query(new PagePipe()) query: PageQuery): object {
    const { user } = session;
    const size = query.pageSize ?? DEFAULT_PAGE_SIZE;
    const after =
      query.pageToken === undefined ? '' : this.pageTokens.read('tenants', user.id, query.pageToken);
    const tenants: TenantEntry[] = [];
    for (const entry of this.visibleTo(session)) {
      if (entry.id <= after) continue;
      if (tenants.length === size) {
        const last = tenants[size - 1]?.id ?? '';
        return { tenants, nextPageToken: this.pageTokens.issue('tenants', user.id, last) };
      }
      tenants.push(entry);
    }
    return { tenants };
  }

  @Operation('tenants.route')
  route(@Access() access: ForwardScope): object {
    try {
      const { server, credential } = this.upstream.explain(access);
      return { environment: server.environment, plane: server.plane, credential };
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return { errorCode: error.errorCode, additionalInformation: error.additionalInformation };
    }
  }

  /** In the order of the ids: the caller's memberships, or every tenant for an admin on an admin frontend. */
  private *visibleTo({ user, frontend }: Session): Iterable<TenantEntry> {
    if (user.role === 'admin' && frontend.class === 'admin') {
      for (const tenant of this.tenants.all()) {
        if (reaches(frontend, tenant.id)) {
          yield tenantEntry(tenant, this.tenants.roleOf(user.id, tenant.id) ?? null);
        }
      }
      return;
    }
    for (const { tenant, role } of this.tenants.membershipsOf(user.id)) {
      if (reaches(frontend, tenant.id)) yield tenantEntry(tenant, role);
    }
  }
}
