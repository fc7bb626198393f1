import { type AuditEvent, AuditLog, type RecordChange } from '@bff/audit';
import { BFF_CONFIG, type BffConfig, Secret, type UpstreamServer } from '@bff/config';
import {
  type Credential,
  CredentialCheck,
  CredentialStore,
  eraseTenantCredentials,
  putTenantCredentials,
} from '@bff/credentials';
import { Problem } from '@bff/problems';
import { Keyring } from '@bff/secrets';
import { isServedElsewhere, type Tenant, TenantDirectory, type TenantRecord } from '@bff/tenancy';
import { type Orm } from '@bff/database';
import { Inject, Injectable } from '@nestjs/common';
import { type DirectoryActor, DirectoryWriter } from './directory-writer.js';
import { type CredentialsInput } from './record-inputs.js';
import { storedTenant } from './stored-tenant.js';

/** What came of trying credentials. */
export type CheckResult = { readonly ok: true } | { readonly ok: false; readonly errorCode: string };

/** What kept us from asking says nothing of the credentials. */
const OURS: ReadonlySet<string> = new Set(['bff_overloaded', 'bff_audit_unavailable']);

/** The credentials of tenants: they go in, and never come out. */
@Injectable()
export class CredentialAdministration {
  constructor(
    private readonly tenants: TenantDirectory,
    private readonly credentials: CredentialStore,
    private readonly checks: CredentialCheck,
    private readonly writer: DirectoryWriter,
    private readonly audit: AuditLog,
    private readonly keyring: Keyring,
    @Inject(BFF_CONFIG) private readonly config: BffConfig,
  ) {}

  /** @throws Problem `bff_tenant_not_found`, or `bff_not_found` where none are stored */
  read(tenantId: string): Credential {
    const { recordId } = this.tenant(tenantId);
    const credential = this.credentials.find({ kind: 'tenant', tenantId, recordId });
    if (credential === undefined) throw new Problem('bff_not_found');
    return credential;
  }

  /**
   * Tries credentials at the token endpoint, then puts them in the place of the old ones: a call that begins afterwards
   * uses them, one that is out goes on with what it has.
   * @returns whether there was a token endpoint to ask
   * @throws Problem `bff_credentials_refused`, or what kept the endpoint from answering: then nothing was stored;
   * `bff_conflict` for a tenant of the admin plane, which has none
   */
  async set(
    author: DirectoryActor,
    tenantId: string,
    input: CredentialsInput,
  ): Promise<{ readonly credential: Credential; readonly checked: boolean }> {
    const tenant = this.tenant(tenantId);
    const checked = await this.assertAccepted(author, tenant, input);
    await this.writer.write(author, async (note, orm, version) => {
      const stored = await storedTenant(orm, tenant);
      // The endpoint that was asked must be the one that will be.
      if (isServedElsewhere(tenant, stored)) throw new Problem('bff_conflict');
      await this.put(orm, version, tenantId, input, note);
    });
    return { credential: this.read(tenantId), checked };
  }

  /**
   * Tries credentials at the token endpoint of the tenant as it is given, before they are stored for it.
   * @returns whether there was a token endpoint to ask
   * @throws Problem as {@link set} does
   */
  async assertAccepted(author: DirectoryActor, tenant: Tenant, input: CredentialsInput): Promise<boolean> {
    assertPublic(tenant);
    const keySecret = new Secret(input.keySecret);
    const key = { keyId: input.keyId, secret: () => keySecret };
    return this.tryOnRecord(author, tenant, key, { given: true });
  }

  /** Stores credentials in the transaction of a change. */
  async put(
    orm: Orm,
    version: number,
    tenantId: string,
    input: CredentialsInput,
    note: (change: RecordChange) => void,
  ): Promise<void> {
    const statement = { ...input, keySecret: new Secret(input.keySecret) };
    const outcome = await putTenantCredentials(orm, this.keyring, tenantId, statement, version);
    if (outcome !== 'unchanged') note({ record: 'credentials', id: tenantId, tenantId, action: outcome });
  }

  /** @throws Problem `bff_tenant_not_found`, `bff_not_found` */
  async erase(author: DirectoryActor, tenantId: string): Promise<void> {
    const tenant = this.tenant(tenantId);
    await this.writer.write(author, async (note, orm) => {
      await storedTenant(orm, tenant);
      if (!(await eraseTenantCredentials(orm, tenantId))) throw new Problem('bff_not_found');
      note({ record: 'credentials', id: tenantId, tenantId, action: 'removed' });
    });
  }

  /**
   * Tries the given credentials, or the stored ones; that somebody did is on record.
   * @throws Problem as {@link read} does; `bff_audit_unavailable`, `bff_overloaded`
   */
  async check(
    author: DirectoryActor,
    tenantId: string,
    input: CredentialsInput | undefined,
  ): Promise<CheckResult> {
    const tenant = this.tenant(tenantId);
    const keySecret = new Secret(input?.keySecret ?? '');
    const key =
      input === undefined ? this.read(tenantId) : { keyId: input.keyId, secret: (): Secret => keySecret };
    // A key id that somebody typed may be anything, a secret in the wrong place among it.
    const details = input === undefined ? { keyId: key.keyId } : { given: true };
    try {
      const checked = await this.tryOnRecord(author, tenant, key, details);
      return checked ? { ok: true } : { ok: false, errorCode: 'bff_upstream_unavailable' };
    } catch (error) {
      if (error instanceof Problem && !OURS.has(error.errorCode)) {
        return { ok: false, errorCode: error.errorCode };
      }
      throw error;
    }
  }

  /** Tries a key, on record before the token endpoint hears of it and with what it said. */
  private async tryOnRecord(
    author: DirectoryActor,
    tenant: Tenant,
    key: Pick<Credential, 'keyId' | 'secret'>,
    what: object,
  ): Promise<boolean> {
    const { actor, requestId } = author;
    const of = (outcome: AuditEvent['outcome'], more: object): AuditEvent => ({
      ...{ event: 'credential.used', outcome, actor, requestId, tenantId: tenant.id },
      details: { purpose: 'check', ...what, ...more },
    });
    await this.audit.record(of('begun', {}));
    try {
      author.assertCurrent();
      const checked = await this.tryOut(tenant, key);
      this.audit.later(of('success', { checked }));
      return checked;
    } catch (error) {
      const errorCode = error instanceof Problem ? error.errorCode : 'unknown';
      this.audit.later(of(errorCode === 'bff_credentials_refused' ? 'refused' : 'failed', { errorCode }));
      throw error;
    }
  }

  private async tryOut({ environment }: Tenant, key: Pick<Credential, 'keyId' | 'secret'>): Promise<boolean> {
    const server: UpstreamServer = this.config.servers.public[environment];
    try {
      return await this.checks.run(server, key);
    } catch (error) {
      throw error instanceof Problem ? asCheckProblem(error) : error;
    }
  }

  private tenant(tenantId: string): TenantRecord {
    const tenant = this.tenants.find(tenantId);
    if (tenant === undefined) throw new Problem('bff_tenant_not_found');
    return tenant;
  }
}

/** docs/contract.md section 6: refused is 422; an endpoint that cannot be asked is 502, 503 or 504. */
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

function assertPublic({ plane }: Tenant): void {
  if (plane === 'public') return;
  const detail = "A tenant of plane admin has no credentials; the environment's admin credentials serve it.";
  throw new Problem('bff_conflict', { detail });
}
