import { AuditLog } from '@bff/audit';
import { TenantDirectory } from '@bff/tenancy';
import { Injectable } from '@nestjs/common';
import { type RequestContext } from '../http/request-context.js';

/** What a signed-in caller may not do; input that is merely wrong is none of it. */
const DENIALS: ReadonlySet<string> = new Set([
  'bff_role_required',
  'bff_elevation_required',
  'bff_elevation_refused',
  'bff_tenant_not_found',
  'bff_too_many_attempts',
  'bff_invalid_credentials',
]);

/**
 * Audits the requests of signed-in callers that were rejected (docs/security-requirements.md LOG-06). Those
 * without a session are counted in metrics.
 */
@Injectable()
export class Denials {
  constructor(
    private readonly audit: AuditLog,
    private readonly tenants: TenantDirectory,
  ) {}

  note(context: RequestContext): void {
    if (context.errorCode === null || context.session === null || !DENIALS.has(context.errorCode)) return;
    const { errorCode, operation, actor, requestId, requestedTenantId } = context;
    const tenantId = this.tenants.find(requestedTenantId ?? '')?.id ?? null;
    const event = { event: 'access.denied', outcome: 'refused', actor, requestId } as const;
    this.audit.later({ ...event, tenantId, details: { operation, errorCode } });
  }
}
