import { expect } from '@jest/globals';
import { type Answer, type Browser, type BrowserHeaders } from './browser.js';
import { ContractOpenId } from './contract-openid.js';
import { SlowAnswers } from './contract-slow-answers.js';
import { Contract } from './contract.js';
import { elevatedAdmin, REASON } from './elevating.js';
import { readPage } from './forwarding.js';
import { eventually } from './eventually.js';
import { type Misdeed } from './openid/hostile-provider.js';
import { type Reply } from './reply.js';
import { type Bff, startBff } from './start-bff.js';
import { the } from './the.js';
import { type RouteName, ROUTES } from '../../apps/bff/src/http/routes.js';

/** Long enough for 65 simultaneous calls to arrive. */
const UPSTREAM_TIMEOUT_MS = 3_000;

/** Maximum concurrent calls of one tenant (libs/upstream, tenant-concurrency-limit.ts). */
const MAX_TENANT_CALLS = 64;
const MAX_TENANT_QUEUED = 32;

/** Maximum concurrent checks of credentials (libs/credentials, credential-check.ts). */
const MAX_CHECKS = 4;

const FORM = 'application/x-www-form-urlencoded';

const NEWCOMER = { name: 'New Comer', password: 'newcomer-canary-password' };
const DEPUTY = { ...the.admin, email: 'deputy@bff.example', name: 'De Puty', memberships: [] };
const NEW_PASSWORD = 'another-canary-password';

const account = { isEmbeddedSignup: false, businessManager: 'SINCH_UK', compatibleRegions: ['EU'] };
const SUCCESSES: Partial<Record<RouteName, Reply>> = {
  'account.read': { body: account },
  'account.create': { status: 201, body: account },
  'account.update': { body: account },
  'account.delete': { status: 204 },
  'activities.list': { body: { totalSize: 0, pageSize: 50, notifications: [] } },
  'comments.create': { status: 201, body: { type: 'CREATED', comment: 'Please.' } },
};

export interface Asking {
  readonly browser?: Browser;
  readonly tenantId?: string;
  readonly sessionId?: string;
  readonly userId?: string;
  readonly query?: string;
  readonly headers?: BrowserHeaders;
  readonly body?: object;
  readonly withoutBody?: true;
}

/**
 * A running service with its callers. Responses that take long are requested at the start and read when
 * needed.
 */
export class ContractFixture {
  private readonly slow = new SlowAnswers(this);
  private newcomers = 0;

  private constructor(
    readonly bff: Bff,
    readonly openId: ContractOpenId,
    readonly contract: Contract,
    readonly editor: Browser,
    readonly viewer: Browser,
    /** On the admin frontend, without an elevation. */
    readonly admin: Browser,
    /** The same user in another session, elevated for administration. */
    readonly elevatedAdmin: Browser,
    private readonly userIds: ReadonlyMap<string, string>,
  ) {}

  static async open(): Promise<ContractFixture> {
    const openId = await ContractOpenId.start();
    const bff = await startBff({
      requestTimeouts: { headersMs: 2_000, wholeMs: 30_000, checkMs: 200 },
      environment: { SINCH_TIMEOUT_MS: String(UPSTREAM_TIMEOUT_MS), ...openId.environment },
    });
    await bff.apply(openId.directory);
    await bff.apply({ users: [DEPUTY] });
    const fixture = new ContractFixture(
      bff,
      openId,
      await Contract.of(bff),
      await bff.signedIn(the.editor),
      await bff.signedIn(the.viewer),
      await bff.signedIn(the.admin, 'admin'),
      await elevatedAdmin(bff),
      await userIdsOf(bff),
    );
    await fixture.slow.begin();
    return fixture;
  }

  async close(): Promise<void> {
    await this.bff.close();
    await this.openId.close();
  }

  userId({ email }: { readonly email: string }): string {
    return this.userIds.get(email) ?? 'unknown';
  }

  /** Requests an operation, by default as a permitted user and with the example of the document as body. */
  ask(name: RouteName, asking: Asking = {}): Promise<Answer> {
    const { method, documented } = this.contract.operation(name);
    const { browser = this.entitled(name), query = '', headers = {} } = asking;
    const body = asking.withoutBody === true ? undefined : (asking.body ?? this.contract.exampleBody(name));
    if (body !== undefined && FORM in (documented.requestBody?.content ?? {})) {
      const rawBody = new URLSearchParams(body as Record<string, string>).toString();
      const asForm = { rawBody, headers: { 'content-type': FORM, ...headers } };
      return browser.request(method, `${this.contract.target(name)}${query}`, asForm);
    }
    return browser.request(
      method,
      `${this.contract.target(name, { userId: this.userId(the.viewer), ...asking })}${query}`,
      {
        headers,
        ...(body !== undefined && { body }),
      },
    );
  }

  private entitled(name: RouteName): Browser {
    switch (ROUTES[name].needs) {
      case 'admin':
        return this.admin;
      case 'elevated-admin':
        return this.elevatedAdmin;
      default:
        return this.editor;
    }
  }

  /** Runs `act` while a table of the database is renamed, and waits until the service has noticed that it is back. */
  async without(table: string, act: () => Promise<Answer>): Promise<Answer> {
    await this.bff.sql(`alter table ${table} rename to hidden`);
    try {
      return await act();
    } finally {
      await this.bff.sql(`alter table hidden rename to ${table}`);
      await eventually(() => expect(this.bff.isDirectoryReachable()).toBe(true), { withinMs: 5_000 });
    }
  }

  askWithout(table: string, name: RouteName, asking?: Asking): Promise<Answer> {
    return this.without(table, () => this.ask(name, asking));
  }

  async askWithoutPassword(name: RouteName): Promise<Answer> {
    return this.ask(name, { browser: await this.openId.userWithoutPassword(this.bff) });
  }

  /** Requests an elevation of an admin of the provider, which misbehaves. */
  async askStepUp(name: RouteName, misdeed: Misdeed = {}): Promise<Answer> {
    const browser = await this.openId.admin(this.bff);
    this.openId.misbehave(misdeed);
    return this.ask(name, { browser, body: { reason: REASON } });
  }

  /** Changes the password of a new user. */
  async changePassword(name: RouteName, current?: string): Promise<Answer> {
    const browser = await this.newcomer();
    return this.ask(name, { browser, body: { current: current ?? NEWCOMER.password, new: NEW_PASSWORD } });
  }

  async changePasswordWithout(table: string, name: RouteName): Promise<Answer> {
    const browser = await this.newcomer();
    const body = { current: NEWCOMER.password, new: NEW_PASSWORD };
    return this.askWithout(table, name, { browser, body });
  }

  /** Checks credentials while the token endpoint gives this reply. */
  askTokenEndpoint(name: RouteName, reply: Reply): Promise<Answer> {
    this.bff.sinch.tokens.staging.answer(reply);
    return this.askWithCredentials(name);
  }

  /** Checks credentials while the maximum number of checks is running. */
  async askBusyTokenEndpoint(name: RouteName): Promise<Answer> {
    const { staging } = this.bff.sinch.tokens;
    let release: (reply: Reply) => void = () => undefined;
    const reply = new Promise<Reply>((resolve) => (release = resolve));
    staging.answer(() => reply);
    const trying = Array.from({ length: MAX_CHECKS }, () =>
      this.ask('admin.credentials.check', { tenantId: 'harbour' }),
    );
    while (staging.requests.length < MAX_CHECKS) await staging.nextRequest();
    const answer = await this.askWithCredentials(name);
    release({ status: 401 });
    await Promise.all(trying);
    return answer;
  }

  private askWithCredentials(name: RouteName): Promise<Answer> {
    const isTenant = name === 'admin.tenants.update';
    const credentials = this.contract.exampleBody('admin.credentials.set');
    return this.ask(name, { tenantId: 'harbour', ...(isTenant && { body: { credentials } }) });
  }

  /** An admin other than `elevatedAdmin`, whose elevation must not end. */
  deputy(): Promise<Browser> {
    return this.bff.signedIn(DEPUTY, 'admin');
  }

  /** Requests an operation on the elevated admin while every other admin is disabled. */
  async askAboutLastAdmin(name: RouteName): Promise<Answer> {
    const others = [DEPUTY, { email: 'staff@openid.example' }].map((user) => this.userId(user));
    const disable = (disabled: boolean): Promise<unknown> =>
      Promise.all(others.map((userId) => this.ask('admin.users.update', { userId, body: { disabled } })));
    await disable(true);
    const answer = await this.ask(name, { userId: this.userId(the.admin) });
    await disable(false);
    return answer;
  }

  private async newcomer(): Promise<Browser> {
    this.newcomers += 1;
    const email = `newcomer-${this.newcomers}@acme.example`;
    await this.bff.apply({ users: [{ ...NEWCOMER, email }] });
    return this.bff.signedIn({ ...NEWCOMER, email });
  }

  head(name: RouteName): string[] {
    const browser = this.entitled(name);
    const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ');
    return [
      `${this.contract.operation(name).method} ${this.contract.target(name)} HTTP/1.1`,
      `Host: ${browser === this.editor ? 'console' : 'admin'}.bff.test`,
      'X-CSRF: 1',
      `Cookie: ${cookie}`,
    ];
  }

  answerSuccess(name: RouteName): void {
    const reply = SUCCESSES[name];
    if (reply !== undefined) this.bff.sinch.production.answer(reply);
  }

  whenHeadersAreSlow(name: RouteName): Promise<Answer> {
    return this.slow.toHeaders(name);
  }

  whenTheUpstreamHangs(name: RouteName): Promise<Answer> {
    return this.slow.fromUpstream(name);
  }

  /** Calls harbour while its maximum number of calls is running, and of those that wait for them. */
  async askFullTenant(name: RouteName): Promise<Answer> {
    const { staging } = this.bff.sinch;
    let release: (reply: Reply) => void = () => undefined;
    const reply = new Promise<Reply>((resolve) => (release = resolve));
    staging.answer(() => reply);
    const read = (): Promise<Answer> => readPage(this.editor, 'harbour');
    const running = Array.from({ length: MAX_TENANT_CALLS }, read);
    while (staging.requests.length < MAX_TENANT_CALLS) await staging.nextRequest();
    const waiting = Array.from({ length: MAX_TENANT_QUEUED }, read);
    // Answered after the service has read the others.
    await this.editor.get('/session');
    const answer = await this.askWithCredentials(name);
    release({ body: account });
    await Promise.all([...running, ...waiting]);
    return answer;
  }
}

async function userIdsOf(bff: Bff): Promise<ReadonlyMap<string, string>> {
  const browser = await bff.signedIn(the.admin, 'admin');
  const { users } = (await browser.get('/v1/admin/users?pageSize=100')).json as {
    readonly users: readonly { readonly id: string; readonly email: string }[];
  };
  return new Map(users.map(({ id, email }) => [email, id]));
}
