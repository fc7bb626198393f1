import { type AuditEvent, SERVICE } from '@bff/audit';
import { type UpstreamServer } from '@bff/config';
import { type Credential } from './credential.js';

/** The use of a credential, by id and version and never by value (docs/security-requirements.md CRD-15). */
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
