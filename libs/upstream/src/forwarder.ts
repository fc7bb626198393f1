import { AuditLog } from '@bff/audit';
import { BFF_CONFIG, type BffConfig, type Servers } from '@bff/config';
import { Authorizer, type Credential } from '@bff/credentials';
import { Problem } from '@bff/problems';
import { LoopLag } from '@bff/resilience';
import { type Route, routeFor } from '@bff/server-routing';
import { elevationRequired, type TenantAccess } from '@bff/tenancy';
import { Inject, Injectable } from '@nestjs/common';
import { audited, auditedWrite } from './audited-call.js';
import { type CallServices, SharedCall } from './shared-call.js';
import { ServerPools, urlOf } from './server-pools.js';
import { TenantHealth } from './tenant-health.js';
import { TenantLoads } from './tenant-loads.js';
import { type ForwardScope, requestTarget, type UpstreamCall } from './upstream-call.js';
import { UpstreamCounts } from './upstream-counts.js';
import { type UpstreamResponse } from './upstream-response.js';
import { WaitingCaller } from './waiting-caller.js';

const MOVED = 'The tenant was moved to another server while the request was waiting; send it again.';

/** Hop 7: sends a call to the server of its tenant with the selected credentials and returns the response. */
@Injectable()
export class Forwarder {
  private readonly services: CallServices;
  private readonly servers: Servers;

  constructor(
    private readonly authorizer: Authorizer,
    private readonly pools: ServerPools,
    loads: TenantLoads,
    tenantHealth: TenantHealth,
    counts: UpstreamCounts,
    private readonly audit: AuditLog,
    private readonly loopLag: LoopLag,
    @Inject(BFF_CONFIG) { clock, servers, upstreamTimeoutMs }: BffConfig,
  ) {
    this.servers = servers;
    this.services = {
      ...{ authorizer, loads, tenantHealth, counts, clock, timeoutMs: upstreamTimeoutMs },
      assertAuthority: (route, credential, scope) => this.assertAuthority(route, credential, scope),
    };
  }

  /**
   * Sends a call, or shares an equal read in flight, and audits it if it is a write or uses the admin plane. Throws or rejects.
   * @throws Problem `bff_elevation_required`, `bff_role_required` or `bff_tenant_not_found` if the caller has
   * no route; `bff_upstream_*`, `bff_rate_limited`, `bff_overloaded` or `bff_audit_unavailable`
   * @throws UpstreamError for an error body of the upstream
   * @throws BrowserGoneError if the browser disconnected
   */
  forward(scope: ForwardScope, call: UpstreamCall): Promise<UpstreamResponse> {
    const route = this.routeOf(scope);
    if (this.loopLag.isOverloaded) throw new Problem('bff_overloaded');
    const isAdminPlane = route.authority.kind === 'admin';
    if (call.method === 'GET' && !isAdminPlane) return this.send(route, scope, call);
    const send = (): Promise<UpstreamResponse> => this.send(route, scope, call);
    return (isAdminPlane ? audited : auditedWrite)(this.audit, scope, call, send);
  }

  /**
   * Returns the server and the credential that a read would use now, without a request.
   * @throws Problem that the read would fail with
   */
  explain(
    access: TenantAccess,
  ): Pick<Route, 'server'> & { readonly credential: ReturnType<Authorizer['describe']> } {
    const route = this.routeOf(access);
    urlOf(route.server);
    return { server: route.server, credential: this.authorizer.describe(route) };
  }

  private send(route: Route, scope: ForwardScope, call: UpstreamCall): Promise<UpstreamResponse> {
    return new Promise((accept, reject) => {
      const { services } = this;
      const connections = this.pools.to(route.server);
      const credential = this.authorizer.credentialFor(route);
      const load = services.loads.of(scope.tenant.recordId);
      const lane = load.lane(route.server);
      lane.assertNotRefused();
      const target = requestTarget(connections.basePath, scope.tenant.projectId, call);
      const timeoutMs = Math.min(services.timeoutMs, scope.waitMs ?? Infinity);
      const caller = new WaitingCaller(scope, timeoutMs, services.tenantHealth, accept, reject);
      const shared = call.method === 'GET' ? lane.findRead(target, credential) : undefined;
      if (shared !== undefined) {
        services.counts.shared += 1;
        return shared.join(caller);
      }
      if (call.method !== 'GET') load.stopSharing();
      new SharedCall(services, { route, credential, connections, load, lane, call, target }).start(caller);
    });
  }

  /**
   * Checks that a call which waited still has the tenant record, server and authority that it was admitted
   * with, and that its credentials were not erased
   * (docs/decisions/0014-authority-at-the-moment-of-the-effect.md).
   * @throws Problem that a new call would fail with; `bff_upstream_unavailable` if a new call would have
   * another route
   */
  private assertAuthority(route: Route, credential: Credential, scope: ForwardScope): void {
    const access = scope.currentAccess();
    if (access.tenant.recordId !== scope.tenant.recordId) throw new Problem('bff_tenant_not_found');
    if (!this.hasRoute(access, route, scope))
      throw new Problem('bff_upstream_unavailable', { detail: MOVED });
    credential.assertNotErased();
  }

  /** The tenant's record and the relation determine the route; a record that did not change is the same object. */
  private hasRoute(access: TenantAccess, route: Route, scope: ForwardScope): boolean {
    if (access.tenant === scope.tenant && access.relation === scope.relation) return true;
    const { server, authority } = this.routeOf(access);
    return (
      server === route.server &&
      authority.kind === route.authority.kind &&
      access.tenant.projectId === scope.tenant.projectId
    );
  }

  private routeOf({ tenant, relation, caller }: TenantAccess): Route {
    const route = routeFor(tenant, relation, this.servers);
    if (typeof route !== 'string') return route;
    throw route === 'bff_elevation_required' ? elevationRequired(caller, tenant.id) : new Problem(route);
  }
}
