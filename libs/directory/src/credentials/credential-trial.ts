import { type AuditEvent, AuditLog } from '@bff/audit';
import { BFF_CONFIG, type BffConfig } from '@bff/config';
import { type Credential, CredentialCheck } from '@bff/credentials';
import { Problem } from '@bff/problems';
import { type Tenant } from '@bff/tenancy';
import { Inject, Injectable } from '@nestjs/common';
import { type Actor } from '../actor.js';

/** Checks access keys at a tenant's token endpoint and audits each check. */
@Injectable()
export class CredentialTrial {
  constructor(
    private readonly checks: CredentialCheck,
    private readonly audit: AuditLog,
    @Inject(BFF_CONFIG) private readonly config: BffConfig,
  ) {}

  /**
   * Audits the check before the token endpoint is called, and its outcome afterwards.
   * @param details additional details of the audit event, without user input
   * @returns false if no token endpoint is configured for the tenant's server
   * @throws Problem `bff_credentials_refused`, `bff_upstream_*` for a failure of the endpoint,
   * `bff_overloaded`, `bff_audit_unavailable`, or the errors of {@link Actor.assertCurrent}
   */
  async run(
    actor: Actor,
    tenant: Tenant,
    key: Pick<Credential, 'keyId' | 'secret'>,
    details: object,
  ): Promise<boolean> {
    const event = (outcome: AuditEvent['outcome'], more: object): AuditEvent => ({
      ...{ event: 'credential.used', outcome, actor: actor.actor, requestId: actor.requestId },
      ...{ tenantId: tenant.id, details: { purpose: 'check', ...details, ...more } },
    });
    await this.audit.record(event('begun', {}));
    try {
      await actor.assertCurrent();
      const checked = await this.checks.run(this.config.servers.public[tenant.environment], key);
      this.audit.later(event('success', { checked }));
      return checked;
    } catch (error) {
      const problem = error instanceof Problem ? asCheckProblem(error) : error;
      const errorCode = problem instanceof Problem ? problem.errorCode : 'unknown';
      this.audit.later(event(errorCode === 'bff_credentials_refused' ? 'refused' : 'failed', { errorCode }));
      throw problem;
    }
  }
}

/**
 * Maps rejected credentials to 422, and an unavailable endpoint to 502, 503 or 504
 * (docs/contract.md section 6).
 */
function asCheckProblem(problem: Problem): Problem {
  const { detail, retryAfter } = problem;
  switch (problem.errorCode) {
    case 'bff_upstream_credentials_rejected':
      return new Problem('bff_credentials_refused', { detail, cause: problem });
    case 'bff_rate_limited':
      return new Problem('bff_upstream_unavailable', { detail, retryAfter, cause: problem });
    default:
      return problem;
  }
}
