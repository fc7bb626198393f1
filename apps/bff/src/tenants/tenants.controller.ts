import { reaches } from '@bff/frontends';
import { Problem } from '@bff/problems';
import { type Session } from '@bff/session';
import { isAdmin, TenantDirectory } from '@bff/tenancy';
import { Forwarder, type ForwardScope } from '@bff/upstream';
import { Controller, Query } from '@nestjs/common';
import { Access, CurrentSession, Serves } from '../http/handler-decorators.js';
import { PageTokens } from '../http/page-tokens.js';
import { pageQuery, type PageQuery } from '../http/page-query.js';
import { tenantEntry } from '../auth/session-document.js';
import { type RouteErrorResponse, type RouteResponse } from './route.response.js';
import { type TenantPageResponse, type TenantResponse } from './tenant.response.js';

@Controller()
export class TenantsController {
  constructor(
    private readonly tenants: TenantDirectory,
    private readonly upstream: Forwarder,
    private readonly pageTokens: PageTokens,
  ) {}

  @Serves('tenants.list', { query: pageQuery() })
  list(@CurrentSession() session: Session, @Query() query: PageQuery): TenantPageResponse {
    const { entries, ...next } = this.pageTokens.page(
      'tenants',
      session.user.id,
      query,
      this.visibleTo(session),
    );
    return { tenants: entries, ...next };
  }

  @Serves('tenants.route')
  route(@Access() access: ForwardScope): RouteResponse | RouteErrorResponse {
    try {
      const { server, credential } = this.upstream.explain(access);
      return { environment: server.environment, plane: server.plane, credential };
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return { errorCode: error.errorCode, additionalInformation: error.additionalInformation };
    }
  }

  /** @returns the caller's memberships, or all tenants for an admin on an admin frontend, ordered by tenant id */
  private *visibleTo({ user, frontend }: Session): Iterable<readonly [id: string, entry: TenantResponse]> {
    if (isAdmin({ user, frontend })) {
      for (const tenant of this.tenants.all()) {
        if (reaches(frontend, tenant.id)) {
          yield [tenant.id, tenantEntry(tenant, this.tenants.roleOf(user.id, tenant.id) ?? null)];
        }
      }
      return;
    }
    for (const { tenant, role } of this.tenants.membershipsOf(user.id)) {
      if (reaches(frontend, tenant.id)) yield [tenant.id, tenantEntry(tenant, role)];
    }
  }
}
