import { type AuditEvent, AuditTrail, type Author } from '@bff/audit';
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
import { readTenant, type Tenant, TenantDirectory } from '@bff/tenancy';
import { Inject, Injectable } from '@nestjs/common';
import { DirectoryWriter } from './directory-writer.js';
import { type CredentialsInput } from './record-inputs.js';

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
    private readonly audit: AuditTrail,
    private readonly keyring: Keyring,
    @Inject(BFF_CONFIG) private readonly config: BffConfig,
  ) {}

  /** @throws Problem `bff_tenant_not_found`, or `bff_not_found` where none are stored */
  read(tenantId: string): Credential {
    this.tenant(tenantId);
    const credential = this.credentials.find({ kind: 'tenant', tenantId });
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
    author: Author,
    tenantId: string,
    input: CredentialsInput,
  ): Promise<{ readonly credential: Credential; readonly checked: boolean }> {
    const tenant = this.tenant(tenantId);
    assertPublic(tenant);
    const keySecret = new Secret(input.keySecret);
    const key = { keyId: input.keyId, secret: () => keySecret };
    const checked = await this.tryOnRecord(author, tenant, key, { given: true });
    await this.writer.write(author, async (note, orm, version) => {
      const stored = await readTenant(orm, tenantId);
      if (stored === undefined) throw new Problem('bff_tenant_not_found');
      assertPublic(stored);
      // The endpoint that was asked must be the one that will be.
      if (stored.environment !== tenant.environment) throw new Problem('bff_conflict');
      const statement = { ...input, keySecret };
      const outcome = await putTenantCredentials(orm, this.keyring, tenantId, statement, version);
      if (outcome === 'unchanged') return;
      note({ record: 'credentials', id: tenantId, tenantId, action: outcome });
    });
    return { credential: this.read(tenantId), checked };
  }

  /** @throws Problem `bff_tenant_not_found`, `bff_not_found` */
  async erase(author: Author, tenantId: string): Promise<void> {
    this.tenant(tenantId);
    await this.writer.write(author, async (note, orm) => {
      if (!(await eraseTenantCredentials(orm, tenantId))) throw new Problem('bff_not_found');
      note({ record: 'credentials', id: tenantId, tenantId, action: 'removed' });
    });
  }

  /**
   * Tries the given credentials, or the stored ones; that somebody did is on record.
   * @throws Problem as {@link read} does; `bff_audit_unavailable`, `bff_overloaded`
   */
  async check(author: Author, tenantId: string, input: CredentialsInput | undefined): Promise<CheckResult> {
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
    author: Author,
    tenant: Tenant,
    key: Pick<Credential, 'keyId' | 'secret'>,
    what: object,
  ): Promise<boolean> {
    const of = (outcome: AuditEvent['outcome'], more: object): AuditEvent => ({
      ...{ event: 'credential.used', outcome, ...author, tenantId: tenant.id },
      details: { purpose: 'check', ...what, ...more },
    });
    await this.audit.record(of('begun', {}));
    try {
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

  private tenant(tenantId: string): Tenant {
    const tenant = this.tenants.find(tenantId);
    if (tenant === undefined) throw new Problem('bff_tenant_not_found');
    return tenant;
  }
}

/** Contract.md section 6: refused is 422; an endpoint that cannot be asked is 502, 503 or 504. */
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
