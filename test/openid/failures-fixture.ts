import { type Answer } from '../support/browser.js';
import { REASON } from '../support/elevating.js';
import { HostileProvider, type Misdeed } from '../support/openid/hostile-provider.js';
import { beginLogin, followCallback, oidcOf, personOf } from '../support/openid/signing-in.js';
import { type Bff, startBff } from '../support/start-bff.js';

export const answerOf = (status: number, body: object): Misdeed => ({
  tokenAnswer: { status, body: JSON.stringify(body) },
});

/** A service with a provider that misbehaves; its user `staff` is an admin and `gone` is disabled. */
export class FailuresFixture {
  private constructor(
    readonly provider: HostileProvider,
    readonly bff: Bff,
  ) {}

  /** @param others settings of further frontends, by name */
  static async start(others: Readonly<Record<string, object>> = {}): Promise<FailuresFixture> {
    const provider = await HostileProvider.start();
    const bff = await startBff({ oidc: { console: oidcOf(provider), admin: oidcOf(provider), ...others } });
    await bff.apply({
      users: [
        personOf(provider, 'subject'),
        personOf(provider, 'staff', { role: 'admin' }),
        personOf(provider, 'gone'),
      ],
    });
    await bff.disable('gone@acme.example');
    return new FailuresFixture(provider, bff);
  }

  async close(): Promise<void> {
    await this.bff.close();
    await this.provider.close();
  }

  endTest(): void {
    this.provider.misdeed = {};
  }

  async signIn(misdeed: Misdeed): Promise<Answer> {
    const browser = this.bff.browser();
    const address = await beginLogin(browser);
    this.provider.misdeed = misdeed;
    return followCallback(browser, this.provider.authorize(address));
  }

  /** Signs `staff` in and asks for an elevation. @returns the response to the callback of the step-up */
  async stepUp(body: object, claims: object = {}): Promise<Answer> {
    const browser = this.bff.browser('admin');
    this.provider.misdeed = { claims: { sub: 'staff' } };
    await followCallback(browser, this.provider.authorize(await beginLogin(browser)));
    const asked = await browser.post('/session/elevation', { reason: REASON, ...body });
    this.provider.misdeed = { claims: { sub: 'staff', ...claims } };
    const { authorizationUrl } = asked.json as { readonly authorizationUrl: string };
    return followCallback(browser, this.provider.authorize(authorizationUrl));
  }
}
