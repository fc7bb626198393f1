import { expect } from '@jest/globals';
import { administrating } from '../support/administering.js';
import { type Answer, type Browser } from '../support/browser.js';
import { expectNoSecrets, type OperationTitle, perform, readPage } from '../support/forwarding.js';
import { type RecordedRequest } from '../support/recording-upstream.js';
import { type Reply } from '../support/reply.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';
import { type TokenEndpoint } from '../support/token-endpoint.js';

export const SCHEMES = ['oauth2', 'basic'] as const;

export interface Key {
  readonly scheme: (typeof SCHEMES)[number];
  readonly keyId: string;
  readonly keySecret: string;
}

export interface CredentialRecord {
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly lastSuccessAt: string | null;
}

/** A response of the token endpoint with a token. */
export const issued: Reply = { body: { access_token: 'a-token', token_type: 'bearer', expires_in: 600 } };

export const pathOf = (tenant: string): string => `/v1/admin/tenants/${tenant}/credentials`;

export const authorizations = (requests: readonly RecordedRequest[]): unknown[] =>
  requests.map(({ headers }) => headers.authorization);

export function basic({ keyId, keySecret }: Key): string {
  return `Basic ${Buffer.from(`${keyId}:${keySecret}`).toString('base64')}`;
}

/** The `Authorization` of calls with the key; tokens of the recording endpoint contain the id of their key. */
export function authorizationOf(key: Key): unknown {
  const token = new RegExp(`^Bearer token-production-${key.keyId}-\\d+$`);
  return key.scheme === 'basic' ? basic(key) : expect.stringMatching(token);
}

/** Holds responses back until `open` is called. */
export function latch(): { readonly open: () => void; readonly opened: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  return { open: () => resolve(undefined), opened: promise };
}

/** A service, an elevated admin and an editor of acme. */
export class CredentialsFixture {
  readonly tokens: TokenEndpoint;
  private keys = 0;
  /** The stored credentials of acme, which are new for each test. */
  old: Key = this.newKey();

  private constructor(
    readonly bff: Bff,
    readonly admin: Browser,
    private readonly editor: Browser,
  ) {
    this.tokens = bff.sinch.tokens.production;
  }

  static async start(): Promise<CredentialsFixture> {
    const bff = await startBff({ environment: { SINCH_TIMEOUT_MS: '2000', SINCH_STAGING_TOKEN_URL: '' } });
    return new CredentialsFixture(bff, await administrating(bff), await bff.signedIn(the.editor));
  }

  close(): Promise<void> {
    return this.bff.close();
  }

  async storeNewKey(): Promise<void> {
    this.bff.sinch.reset();
    this.old = this.newKey();
    expect((await this.set(this.old)).status).toBe(200);
    this.bff.sinch.reset();
  }

  newKey(scheme: Key['scheme'] = 'oauth2'): Key {
    this.keys += 1;
    return { scheme, keyId: `id-${this.keys}`, keySecret: `canary-secret-${this.keys}` };
  }

  set(body: object, tenant = 'acme'): Promise<Answer> {
    return this.admin.put(pathOf(tenant), body);
  }

  check(body?: object, tenant = 'acme'): Promise<Answer> {
    return this.admin.post(`${pathOf(tenant)}/check`, body);
  }

  call(title: OperationTitle = 'account.get', tenant = 'acme'): Promise<Answer> {
    return perform(this.editor, title, tenant);
  }

  /** Sends a read that shares no upstream call with others. */
  readPage(): Promise<Answer> {
    return readPage(this.editor);
  }

  async read(tenant = 'acme'): Promise<CredentialRecord> {
    const answer = await this.admin.get(pathOf(tenant));
    expect(answer.status).toBe(200);
    expectNoSecrets(answer);
    return answer.json as CredentialRecord;
  }

  /** Expects one token request, with this key. */
  expectTried(key: Key): void {
    expect(authorizations(this.tokens.requests)).toEqual([basic(key)]);
    expect(this.tokens.lastRequest.body).toBe('grant_type=client_credentials');
    const others = Object.values(this.bff.sinch.tokens).filter((endpoint) => endpoint !== this.tokens);
    expect(others.flatMap(({ requests }) => requests)).toEqual([]);
  }

  async expectServedBy(key: Key): Promise<void> {
    expect((await this.call()).status).toBe(200);
    const { authorization } = this.bff.sinch.production.lastRequest.headers;
    expect(authorization).toEqual(authorizationOf(key));
  }
}
