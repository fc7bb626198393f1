import { type Secret } from '@bff/config';
import { type CredentialScheme } from '@bff/database';
import { Problem } from '@bff/problems';
import { Logger } from '@nestjs/common';

const logger = new Logger('Credentials');

/**
 * An access key as the directory holds it: one object for each owner, kind and version, as long as it is in force.
 * The secret is opened at its first use and then kept in memory.
 */
export class Credential {
  /** When a token was issued for it, or a call succeeded with it, on this node; milliseconds since the epoch. */
  lastSuccessAt: number | null = null;
  private opened: Secret | undefined;

  constructor(
    readonly kind: 'tenant-credentials' | 'admin-credentials',
    /** The tenant id, or the environment for admin credentials. */
    readonly owner: string,
    readonly scheme: CredentialScheme,
    readonly keyId: string,
    /** Never comes back for another secret. */
    readonly version: number,
    readonly dates: { readonly createdAt: Date; readonly updatedAt: Date },
    private readonly open: () => Secret,
  ) {}

  /** @throws Problem `bff_upstream_unavailable` when it cannot be decrypted; nothing else is tried in its place */
  secret(): Secret {
    try {
      this.opened ??= this.open();
      return this.opened;
    } catch (error) {
      logger.error(
        `The credential ${this.keyId} of ${this.owner} cannot be decrypted: ${(error as Error).message}`,
      );
      throw new Problem('bff_upstream_unavailable', { cause: error });
    }
  }
}
