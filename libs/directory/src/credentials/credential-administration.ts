import { Secret } from '@bff/config';
import { type Credential, CredentialStore } from '@bff/credentials';
import { Problem } from '@bff/problems';
import { isServedElsewhere, type Tenant, TenantDirectory } from '@bff/tenancy';
import { Injectable } from '@nestjs/common';
import { type Actor } from '../actor.js';
import { DirectoryWriter } from '../directory-writer.js';
import { type CredentialsInput } from '../inputs.js';
import { storedTenant } from '../tenants/stored-tenant.js';
import { CredentialTrial } from './credential-trial.js';
import { CredentialWriter } from './credential-writer.js';

export type CheckResult = { readonly ok: true } | { readonly ok: false; readonly errorCode: string };

/**
 * Audit details for credentials of the request, whose key id is omitted: it may be a secret in the wrong
 * field.
 */
const GIVEN = { given: true };

/** Manages the credentials of tenants, whose secrets cannot be read. */
@Injectable()
export class CredentialAdministration {
  constructor(
    private readonly tenants: TenantDirectory,
    private readonly credentials: CredentialStore,
    private readonly directory: DirectoryWriter,
    private readonly writer: CredentialWriter,
    private readonly trial: CredentialTrial,
  ) {}

  /** @throws Problem `bff_tenant_not_found`, or `bff_not_found` if the tenant has no credentials */
  read(tenantId: string): Credential {
    const { recordId } = this.tenants.get(tenantId);
    const credential = this.credentials.find({ kind: 'tenant', tenantId, recordId });
    if (credential === undefined) throw new Problem('bff_not_found');
    return credential;
  }

  /**
   * Checks credentials at the token endpoint, then replaces the stored ones. In-flight calls continue with
   * the previous credentials.
   * @returns `checked`: whether a token endpoint is configured
   * @throws Problem `bff_credentials_refused` or the failure of the endpoint, in which case nothing is
   * stored; `bff_conflict` for a tenant of the admin plane, which has no credentials
   */
  async set(
    actor: Actor,
    tenantId: string,
    input: CredentialsInput,
  ): Promise<{ readonly credential: Credential; readonly checked: boolean }> {
    const tenant = this.tenants.get(tenantId);
    const checked = await this.assertAccepted(actor, tenant, input);
    await this.directory.write(actor, async (transaction) => {
      const stored = await storedTenant(transaction, tenant);
      // The credentials were checked at the server that the tenant had before the wait.
      if (isServedElsewhere(tenant, stored)) throw new Problem('bff_conflict');
      const statement = { ...input, keySecret: new Secret(input.keySecret) };
      await this.writer.putTenant(transaction, tenantId, statement);
    });
    return { credential: this.read(tenantId), checked };
  }

  /**
   * Checks credentials at the token endpoint of the given tenant, before they are stored for it.
   * @returns whether a token endpoint is configured
   * @throws Problem as {@link set} does
   */
  async assertAccepted(actor: Actor, tenant: Tenant, input: CredentialsInput): Promise<boolean> {
    assertPublic(tenant);
    return this.trial.run(actor, tenant, keyOf(input), GIVEN);
  }

  /** @throws Problem `bff_tenant_not_found`, `bff_not_found` */
  async erase(actor: Actor, tenantId: string): Promise<void> {
    const tenant = this.tenants.get(tenantId);
    await this.directory.write(actor, async (transaction) => {
      await storedTenant(transaction, tenant);
      if (!(await this.writer.eraseTenant(transaction, tenantId))) throw new Problem('bff_not_found');
    });
  }

  /**
   * Checks the given credentials, or the stored ones; the check is audited.
   * @throws Problem as {@link read} does; `bff_audit_unavailable`, `bff_overloaded`
   */
  async check(actor: Actor, tenantId: string, input: CredentialsInput | undefined): Promise<CheckResult> {
    const tenant = this.tenants.get(tenantId);
    const key = input === undefined ? this.read(tenantId) : keyOf(input);
    const details = input === undefined ? { keyId: key.keyId } : GIVEN;
    try {
      const checked = await this.trial.run(actor, tenant, key, details);
      return checked ? { ok: true } : { ok: false, errorCode: 'bff_upstream_unavailable' };
    } catch (error) {
      if (error instanceof Problem && isResult(error)) return { ok: false, errorCode: error.errorCode };
      throw error;
    }
  }
}

function keyOf({ keyId, keySecret }: CredentialsInput): Pick<Credential, 'keyId' | 'secret'> {
  const secret = new Secret(keySecret);
  return { keyId, secret: () => secret };
}

/** Whether the problem concerns the credentials or their endpoint, and not the caller or this service. */
function isResult({ errorCode }: Problem): boolean {
  return errorCode === 'bff_credentials_refused' || errorCode.startsWith('bff_upstream_');
}

function assertPublic({ plane }: Tenant): void {
  if (plane === 'public') return;
  const detail =
    "A tenant of plane admin cannot have credentials; it uses the environment's admin credentials.";
  throw new Problem('bff_conflict', { detail });
}
