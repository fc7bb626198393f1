import { AuditLog } from '@bff/audit';
import { TenantDirectory } from '@bff/tenancy';
import { Injectable } from '@nestjs/common';
import { type RequestContext } from '../http/request-context.js';

/** Error codes that are audited: denied access, but not invalid input. */
const DENIAL_CODES: ReadonlySet<string> = new Set([
  'bff_role_required',
  'bff_elevation_required',
  'bff_elevation_refused',
  'bff_tenant_not_found',
  'bff_too_many_attempts',
  'bff_invalid_credentials',
]);

/**
 * Audits denied requests of signed-in callers (docs/security-requirements.md LOG-06). Denied requests without a
 * session are only counted in the metrics.
 */
@Injectable()
export class Denials {
  constructor(
    private readonly audit: AuditLog,
    private readonly tenants: TenantDirectory,
  ) {}

  record(context: RequestContext): void {
    if (context.errorCode === null || context.session === null || !DENIAL_CODES.has(context.errorCode))
      return;
    const { errorCode, operation, actor, requestId, requestedTenantId } = context;
    const tenantId = this.tenants.find(requestedTenantId ?? '')?.id ?? null;
    const event = { event: 'access.denied', outcome: 'refused', actor, requestId } as const;
    this.audit.later({ ...event, tenantId, details: { operation, errorCode } });
  }
}
