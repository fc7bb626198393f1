import { type UpstreamServer } from '@bff/config';
import { Problem } from '@bff/problems';
import { type Credential } from './credential.js';
import { type TokenClient } from './token-client.js';

/**
 * So many checks run at one token endpoint at once; live traffic has connections of its own and never waits
 * for one (docs/security-requirements.md CRD-12).
 */
const MAX_AT_ONCE = 4;

/** Tries access keys at the token endpoint, and keeps nothing of what it answers. */
export class CredentialCheck {
  private readonly running = new Map<string, number>();

  constructor(private readonly client: TokenClient) {}

  /**
   * Asks for a token, whatever the scheme: an access key is one key for both.
   * @returns false where no token URL is configured, so that nobody could be asked
   * @throws Problem `bff_upstream_credentials_rejected`, what kept the endpoint from answering, or `bff_overloaded`
   */
  async run({ tokenUrl }: UpstreamServer, key: Pick<Credential, 'keyId' | 'secret'>): Promise<boolean> {
    if (tokenUrl === null) return false;
    const running = this.running.get(tokenUrl.href) ?? 0;
    if (running === MAX_AT_ONCE) throw new Problem('bff_overloaded');
    this.running.set(tokenUrl.href, running + 1);
    try {
      await this.client.request(tokenUrl, key);
      return true;
    } finally {
      this.running.set(tokenUrl.href, (this.running.get(tokenUrl.href) ?? 1) - 1);
    }
  }
}
