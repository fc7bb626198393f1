import { type Answer, Browser } from './browser.js';
import { REASON } from './elevating.js';
import { ACR_ELEVATED } from './openid/certified-provider.js';
import { HostileProvider, type Misdeed } from './openid/hostile-provider.js';
import { beginLogin, followCallback, open } from './openid/signing-in.js';
import { type Bff, frontends } from './start-bff.js';

/** Frontends with unusable providers: `away` does not respond, `odd` names another issuer. */
const LOST = {
  away: { name: 'away', class: 'internal', origin: 'https://away.bff.test' },
  odd: { name: 'odd', class: 'internal', origin: 'https://odd.bff.test' },
} as const;

/** The provider of the frontends, and responses to its misbehaviour. */
export class ContractOpenId {
  private constructor(
    private readonly provider: HostileProvider,
    private readonly impostor: HostileProvider,
  ) {}

  static async start(): Promise<ContractOpenId> {
    const [provider, impostor] = [await HostileProvider.start(), await HostileProvider.start()];
    impostor.metadata = { issuer: 'https://elsewhere.test' };
    provider.metadata = {
      end_session_endpoint: `${provider.issuer}/end`,
      require_pushed_authorization_requests: true,
    };
    return new ContractOpenId(provider, impostor);
  }

  get environment(): Readonly<Record<string, string>> {
    const { clientId, clientSecret } = this.provider;
    const oidc = (issuer: string): object => ({
      ...{ issuer, clientId, clientSecret, acrElevated: ACR_ELEVATED, unknownSubjects: 'create' },
    });
    const { console, partners, admin, narrow } = frontends;
    return {
      BFF_FRONTENDS: JSON.stringify([
        ...[console, partners, admin].map((frontend) => ({ ...frontend, oidc: oidc(this.provider.issuer) })),
        narrow,
        { ...LOST.away, oidc: oidc('http://127.0.0.1:1') },
        { ...LOST.odd, oidc: oidc(this.impostor.issuer) },
      ]),
    };
  }

  get directory(): object {
    const person = (subject: string, role: string): object => ({
      ...{ email: `${subject}@openid.example`, name: subject, role },
      identity: { issuer: this.provider.issuer, subject },
    });
    return { users: [person('subject', 'user'), person('staff', 'admin')] };
  }

  reset(): void {
    this.provider.misdeed = {};
  }

  misbehave(misdeed: Misdeed): void {
    this.provider.misdeed = misdeed;
  }

  /** A logout token for a subject without sessions. */
  logoutToken(): Promise<string> {
    return this.provider.logoutToken({ sub: 'nobody' });
  }

  browserOf(bff: Bff, frontend: keyof typeof LOST): Browser {
    const { origin } = LOST[frontend];
    return new Browser({ port: bff.port, host: new URL(origin).host, origin });
  }

  /** Begins a sign-in. */
  login(bff: Bff, frontend: keyof typeof LOST | 'console' | 'narrow'): Promise<Answer> {
    const browser =
      frontend === 'away' || frontend === 'odd' ? this.browserOf(bff, frontend) : bff.browser(frontend);
    return open(browser, '/session/login');
  }

  /** Completes a sign-in during which the provider misbehaves. */
  callback(bff: Bff, misdeed: Misdeed = {}, frontend: 'console' | 'partners' = 'console'): Promise<Answer> {
    return this.signIn(bff.browser(frontend), misdeed);
  }

  /** An admin who is signed in at the provider. */
  async admin(bff: Bff): Promise<Browser> {
    const browser = bff.browser('admin');
    await this.signIn(browser, { claims: { sub: 'staff' } });
    return browser;
  }

  /** A user without a password who is signed in at the provider. */
  async userWithoutPassword(bff: Bff): Promise<Browser> {
    const browser = bff.browser('console');
    await this.signIn(browser, {});
    return browser;
  }

  /** Completes a step-up of an admin. @param beforeCallback runs before the callback */
  async stepUp(
    bff: Bff,
    claims: Readonly<Record<string, unknown>>,
    beforeCallback: (browser: Browser) => Promise<unknown> = () => Promise.resolve(),
  ): Promise<Answer> {
    const browser = await this.admin(bff);
    const answer = await browser.post('/session/elevation', { reason: REASON });
    const { authorizationUrl } = answer.json as { readonly authorizationUrl: string };
    this.provider.misdeed = { claims: { sub: 'staff', acr: ACR_ELEVATED, amr: ['otp'], ...claims } };
    const callback = this.provider.authorize(authorizationUrl);
    await beforeCallback(browser);
    return followCallback(browser, callback);
  }

  async close(): Promise<void> {
    await this.provider.close();
    await this.impostor.close();
  }

  private async signIn(browser: Browser, misdeed: Misdeed): Promise<Answer> {
    const address = await beginLogin(browser);
    this.provider.misdeed = misdeed;
    return followCallback(browser, this.provider.authorize(address));
  }
}
