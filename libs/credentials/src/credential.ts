import { type Secret } from '@bff/config';
import { type CredentialScheme } from '@bff/database';
import { Problem } from '@bff/problems';

export const NO_CREDENTIALS = 'No credentials are stored for this call.';

/**
 * An access key of the directory: one object per owner, kind and version while it is current. The secret is
 * opened at its first use and then kept in memory.
 */
export class Credential {
  /** The last token or successful call with the credential on this node; milliseconds since the epoch. */
  lastSuccessAt: number | null = null;
  private opened: Secret | undefined;
  private successor: Credential | undefined;
  private erased = false;

  constructor(
    readonly kind: 'tenant-credentials' | 'admin-credentials',
    /** The tenant id, or the environment for admin credentials. */
    readonly owner: string,
    readonly scheme: CredentialScheme,
    readonly keyId: string,
    /** Never reused for another secret. */
    readonly version: number,
    readonly dates: { readonly createdAt: Date; readonly updatedAt: Date },
    /**
     * The id of the tenant record, or the environment; a later tenant with the same id does not inherit the
     * credential.
     */
    readonly ownerRecord: string,
    /**
     * The environment, and for tenants the plane, that the credential was set for; it is never used for
     * another.
     */
    readonly servedIn: string,
    private readonly open: () => Secret,
  ) {}

  /** The current credential of the same owner: this one, or the one that replaced it. */
  latest(): Credential {
    return this.successor?.latest() ?? this;
  }

  replacedBy(successor: Credential): void {
    this.successor = successor;
    this.opened = undefined;
  }

  /** Called when the owner no longer has credentials; later calls with the credential fail. */
  erase(): void {
    this.erased = true;
    this.opened = undefined;
  }

  /** @throws Problem `bff_upstream_unavailable` if the credential was erased */
  assertNotErased(): void {
    if (this.latest().erased) throw new Problem('bff_upstream_unavailable', { detail: NO_CREDENTIALS });
  }

  /**
   * Returns the opened secret.
   * @throws Problem `bff_upstream_unavailable` if the credential was erased or cannot be decrypted; there is
   * no fallback
   */
  secret(): Secret {
    this.assertNotErased();
    try {
      this.opened ??= this.open();
      return this.opened;
    } catch (error) {
      const peer = `credential ${this.keyId} of ${this.owner}`;
      throw new Problem('bff_upstream_unavailable', { cause: error, peer });
    }
  }
}
