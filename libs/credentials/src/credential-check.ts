import { type UpstreamServer } from '@bff/config';
import { Problem } from '@bff/problems';
import { type Credential } from './credential.js';
import { type TokenClient } from './token-client.js';

/**
 * Maximum concurrent checks per token endpoint; live traffic uses separate connections and never waits for a
 * check (docs/security-requirements.md CRD-12).
 */
const MAX_CONCURRENT_CHECKS = 4;

/** Checks access keys at the token endpoint without storing the issued tokens. */
export class CredentialCheck {
  private readonly running = new Map<string, number>();

  constructor(private readonly client: TokenClient) {}

  /**
   * Requests a token, also for scheme `basic`, because an access key is valid for both schemes.
   * @returns false if no token URL is configured, so that the key could not be checked
   * @throws Problem `bff_upstream_credentials_rejected`, `bff_overloaded`, or another error of {@link
   * TokenClient.request}
   */
  async run({ tokenUrl }: UpstreamServer, key: Pick<Credential, 'keyId' | 'secret'>): Promise<boolean> {
    if (tokenUrl === null) return false;
    const running = this.running.get(tokenUrl.href) ?? 0;
    if (running === MAX_CONCURRENT_CHECKS) throw new Problem('bff_overloaded');
    this.running.set(tokenUrl.href, running + 1);
    try {
      await this.client.request(tokenUrl, key);
      return true;
    } finally {
      this.running.set(tokenUrl.href, (this.running.get(tokenUrl.href) ?? 1) - 1);
    }
  }
}
