import { expect } from '@jest/globals';
import { type Browser } from '../support/browser.js';
import { perform } from '../support/forwarding.js';
import { type CompleteReply } from '../support/reply.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';
import { type TokenEndpoint } from '../support/token-endpoint.js';

/** A service with OAuth2 credentials of acme that a test can rotate, and with its editor. */
export class TokenFixture {
  static async start(): Promise<TokenFixture> {
    const bff = await startBff();
    return new TokenFixture(bff, await bff.signedIn(the.editor));
  }

  private keys = 0;

  private constructor(
    readonly bff: Bff,
    private editor: Browser,
  ) {}

  get browser(): Browser {
    return this.editor;
  }

  /** The token endpoint of acme. */
  get tokens(): TokenEndpoint {
    return this.bff.sinch.tokens.production;
  }

  get credentials(): { readonly scheme: 'oauth2'; readonly keyId: string; readonly keySecret: string } {
    const { keys } = this;
    return { scheme: 'oauth2', keyId: `acme-key-${keys}`, keySecret: `acme-canary-secret-${keys}` };
  }

  /** Prepares the next test, which begins with new credentials and a new session. */
  async reset(): Promise<void> {
    this.bff.sinch.reset();
    await this.rotate();
    this.editor = await this.bff.signedIn(the.editor);
  }

  /** Gives acme new credentials, which have neither a token nor a cool-down. */
  async rotate(): Promise<void> {
    this.keys += 1;
    await this.bff.apply({ tenants: [{ ...the.acme, credentials: this.credentials }] });
  }

  async readAccount(times = 1): Promise<void> {
    for (let calls = 0; calls < times; calls += 1) {
      expect((await perform(this.browser, 'account.get')).status).toBe(200);
    }
  }

  /** @returns the Authorization header of each request to the API server of acme */
  sentTokens(): (string | undefined)[] {
    return this.bff.sinch.production.requests.map(({ headers }) => headers.authorization);
  }
}

/** A response of the token endpoint. */
export function token(access_token: string, expires_in = 600): CompleteReply {
  return { body: { access_token, expires_in, token_type: 'bearer' } };
}
