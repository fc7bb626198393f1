import { type Secret } from '@bff/config';
import { type CredentialScheme } from '@bff/database';
import { Problem } from '@bff/problems';

export const NOTHING_STORED = 'No credentials are stored for this call.';

/**
 * An access key as the directory holds it: one object for each owner, kind and version, as long as it is in force.
 * The secret is opened at its first use and then kept in memory.
 */
export class Credential {
  /** When a token was issued for it, or a call succeeded with it, on this node; milliseconds since the epoch. */
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
    /** Never comes back for another secret. */
    readonly version: number,
    readonly dates: { readonly createdAt: Date; readonly updatedAt: Date },
    /** The tenant record that it belongs to, or the environment: who has the same id later has other credentials. */
    readonly ownerRecord: string,
    /** The environment and plane that its owner was served in when it was set: it never serves another. */
    readonly servedIn: string,
    private readonly open: () => Secret,
  ) {}

  /** The credentials that are in force for the same owner: these, or those that replaced them. */
  latest(): Credential {
    return this.successor?.latest() ?? this;
  }

  replacedBy(successor: Credential): void {
    this.successor = successor;
    this.opened = undefined;
  }

  /** Its owner has no credentials any more: from now on no call goes out with it. */
  erase(): void {
    this.erased = true;
    this.opened = undefined;
  }

  /** @throws Problem `bff_upstream_unavailable` where it was erased */
  assertNotErased(): void {
    if (this.latest().erased) throw new Problem('bff_upstream_unavailable', { detail: NOTHING_STORED });
  }

  /**
   * @throws Problem `bff_upstream_unavailable` when it was erased or cannot be decrypted; nothing else is tried in its
   * place
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
