import { type AuditEvent, SERVICE } from '@bff/audit';
import { type UpstreamServer } from '@bff/config';
import { type Credential } from './credential.js';

/**
 * The audit event for the use of a credential, with id and version but no secret
 * (docs/security-requirements.md CRD-15).
 */
export function credentialUsed(
  { owner, kind, scheme, keyId, version }: Credential,
  server: UpstreamServer,
): AuditEvent {
  return {
    event: 'credential.used',
    outcome: 'success',
    actor: SERVICE,
    tenantId: kind === 'tenant-credentials' ? owner : null,
    requestId: null,
    details: { kind, owner, scheme, keyId, version, server: server.name },
  };
}
