import { createHash, createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import {
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type JWTHeaderParameters,
  type JWTPayload,
  SignJWT,
} from 'jose';

type Keys = Awaited<ReturnType<typeof generateKeyPair>>;

/** The signature of a token. */
export type Signature =
  'own key' | 'unknown key' | 'none' | 'HS256 with the client secret' | 'HS256 with the public key';

interface GivenAnswer {
  readonly status: number;
  readonly body: string;
  /** Whether the body is compressed; its uncompressed length may be large. */
  readonly gzip?: true;
}

/** The misbehaviour of the provider at the next sign-in; claims that are undefined are omitted. */
export interface Misdeed {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly signature?: Signature;
  /** Parameters of the callback; null: omitted. */
  readonly callback?: Readonly<Record<string, string | null>>;
  /**
   * Response of the token and the pushed authorization request endpoints; `lost`: the code is used and no
   * response sent.
   */
  readonly tokenAnswer?: GivenAnswer | 'lost';
}

interface Grant {
  readonly nonce: string;
  readonly challenge: string;
  readonly redirectUri: string;
}

/** A provider that can misbehave; by default it is correct. */
export class HostileProvider {
  misdeed: Misdeed = {};
  /** Additional or replaced members of its discovery document. */
  metadata: Readonly<Record<string, unknown>> = {};
  /** Number of requests for its published keys. */
  keyRequests = 0;
  /** All tokens of its token endpoint. */
  readonly issuedTokens: string[] = [];
  private readonly pushed = new Map<string, URLSearchParams>();
  private readonly grants = new Map<string, Grant>();
  private readonly server: Server;

  private constructor(
    readonly issuer: string,
    server: Server,
    readonly clientId: string,
    readonly clientSecret: string,
    private keys: Keys,
    private readonly unknownKeys: Keys,
  ) {
    this.server = server;
  }

  static async start(): Promise<HostileProvider> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const provider = new HostileProvider(
      `http://127.0.0.1:${port}`,
      server,
      'bff',
      'client-canary-secret',
      await rsa(),
      await rsa(),
    );
    server.on('request', (request, response) => {
      provider.answer(request, response).catch(() => response.destroy());
    });
    return provider;
  }

  async rotateKeys(): Promise<void> {
    this.keys = await rsa();
  }

  /** @returns the callback address to which the authorization endpoint redirects */
  authorize(address: string): string {
    const { searchParams } = new URL(address);
    const query = this.pushed.get(searchParams.get('request_uri') ?? '') ?? searchParams;
    const code = randomUUID();
    const redirectUri = query.get('redirect_uri') ?? '';
    this.grants.set(code, {
      nonce: query.get('nonce') ?? '',
      challenge: query.get('code_challenge') ?? '',
      redirectUri,
    });
    const callback = new URL(redirectUri);
    const parameters = { code, state: query.get('state'), iss: this.issuer, ...this.misdeed.callback };
    for (const [name, value] of Object.entries(parameters)) {
      if (value !== null) callback.searchParams.set(name, value);
    }
    return callback.href;
  }

  /** A valid logout token, except for the given claims and misbehaviour. */
  logoutToken(claims: Readonly<Record<string, unknown>>, misdeed: Misdeed = {}): Promise<string> {
    const now = Math.floor(Date.now() / 1_000);
    const events = { 'http://schemas.openid.net/event/backchannel-logout': {} };
    const usual = {
      iss: this.issuer,
      aud: this.clientId,
      iat: now,
      exp: now + 120,
      jti: randomUUID(),
      events,
    };
    return this.signed({ ...usual, ...claims }, { typ: 'logout+jwt', ...misdeed.header }, misdeed.signature);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    switch (new URL(request.url ?? '', this.issuer).pathname) {
      case '/.well-known/openid-configuration':
        return json(response, 200, {
          issuer: this.issuer,
          authorization_endpoint: `${this.issuer}/authorize`,
          token_endpoint: `${this.issuer}/token`,
          jwks_uri: `${this.issuer}/jwks`,
          response_types_supported: ['code'],
          subject_types_supported: ['public'],
          id_token_signing_alg_values_supported: ['RS256', 'HS256', 'none'],
          authorization_response_iss_parameter_supported: true,
          pushed_authorization_request_endpoint: `${this.issuer}/par`,
          ...this.metadata,
        });
      case '/jwks': {
        this.keyRequests += 1;
        const key = await exportJWK(this.keys.publicKey);
        return json(response, 200, { keys: [{ ...key, kid: 'hostile', alg: 'RS256', use: 'sig' }] });
      }
      case '/par': {
        const { tokenAnswer } = this.misdeed;
        if (tokenAnswer === 'lost') return void response.destroy();
        if (tokenAnswer !== undefined) return send(response, tokenAnswer.status, tokenAnswer.body);
        const requestUri = `urn:request:${randomUUID()}`;
        this.pushed.set(requestUri, await formOf(request));
        return json(response, 201, { request_uri: requestUri, expires_in: 60 });
      }
      case '/token':
        return this.giveToken(await formOf(request), response);
      default:
        return json(response, 404, {});
    }
  }

  private async giveToken(form: URLSearchParams, response: ServerResponse): Promise<void> {
    const { claims = {}, header = {}, signature, tokenAnswer } = this.misdeed;
    const grant = this.grants.get(form.get('code') ?? '');
    this.grants.delete(form.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (tokenAnswer === 'lost') return void response.destroy();
    if (tokenAnswer !== undefined)
      return send(response, tokenAnswer.status, tokenAnswer.body, tokenAnswer.gzip);
    if (
      grant === undefined ||
      grant.challenge !== challenge ||
      grant.redirectUri !== form.get('redirect_uri')
    ) {
      return json(response, 400, { error: 'invalid_grant' });
    }
    const now = Math.floor(Date.now() / 1_000);
    const usual = {
      ...{ iss: this.issuer, aud: this.clientId, sub: 'subject', nonce: grant.nonce },
      ...{ iat: now, exp: now + 300, auth_time: now },
    };
    const idToken = await this.signed({ ...usual, ...claims }, header, signature);
    const tokens = {
      access_token: `provider-canary-${randomUUID()}`,
      refresh_token: `provider-canary-${randomUUID()}`,
      id_token: idToken,
    };
    this.issuedTokens.push(...Object.values(tokens));
    json(response, 200, { ...tokens, token_type: 'Bearer' });
  }

  private async signed(
    claims: Readonly<Record<string, unknown>>,
    header: Readonly<Record<string, unknown>>,
    signature: Signature = 'own key',
  ): Promise<string> {
    // JSON omits undefined members.
    const payload = JSON.parse(JSON.stringify(claims)) as JWTPayload;
    switch (signature) {
      case 'own key':
        return rs256(payload, header, this.keys);
      case 'unknown key':
        return rs256(payload, header, this.unknownKeys);
      case 'none':
        return `${encoded({ alg: 'none', ...header })}.${encoded(payload)}.`;
      case 'HS256 with the client secret':
        return hs256(payload, header, this.clientSecret);
      case 'HS256 with the public key':
        return hs256(payload, header, await exportSPKI(this.keys.publicKey));
    }
  }
}

const rsa = (): Promise<Keys> => generateKeyPair('RS256', { extractable: true });

function rs256(payload: JWTPayload, header: object, { privateKey }: Keys): Promise<string> {
  const full = { alg: 'RS256', kid: 'hostile', ...header } as JWTHeaderParameters;
  return new SignJWT(payload).setProtectedHeader(full).sign(privateKey);
}

function hs256(payload: JWTPayload, header: object, secret: string): string {
  const text = `${encoded({ alg: 'HS256', kid: 'hostile', ...header })}.${encoded(payload)}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

async function formOf(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return new URLSearchParams(Buffer.concat(chunks).toString());
}

function json(response: ServerResponse, status: number, body: object): void {
  send(response, status, JSON.stringify(body));
}

function send(response: ServerResponse, status: number, body: string, gzip?: true): void {
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };
  response.writeHead(status, { ...headers, ...(gzip && { 'content-encoding': 'gzip' }) });
  response.end(gzip ? gzipSync(body) : body);
}
