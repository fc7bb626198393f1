import { jsonResponse, type HttpResponse } from './http-response.js';
import { credentialsOf } from './credentials.js';
import { ApiError } from './api-error.js';
import type { SinchServer } from './servers.js';
import { TokenBucket } from './token-bucket.js';
import { tokenLifetimeSeconds, Tokens } from './tokens.js';
import { isSameClient, type Client, type Store } from './store.js';

const basicChallenge = { 'www-authenticate': 'Basic realm="Sinch Provisioning API"' };
const invalidTokenChallenge = { 'www-authenticate': 'Bearer error="invalid_token"' };
// The official SDKs fetch a new token and repeat the request when they read "expired" here, and only then.
const expiredTokenChallenge = {
  'www-authenticate': 'Bearer error="invalid_token", error_description="The access token expired"',
};

export interface TokenRequest {
  readonly authorization: string | undefined;
  readonly contentType: string | undefined;
  readonly body: Buffer;
}

/**
 * Authorizes requests to one of the six servers, by access key or by a token that this server issued
 * (docs/upstream.md section 3).
 */
export class AuthorizationServer {
  readonly #tokens: Tokens;
  readonly #bucket: TokenBucket;

  constructor(
    private readonly server: SinchServer,
    private readonly store: Store,
    now: () => number,
  ) {
    this.#tokens = new Tokens(`sinch-simulator/${server.name}`, now);
    this.#bucket = new TokenBucket(now);
  }

  /**
   * The key id of a request if it is registered. Any other key id must not be logged, because it could be a misplaced
   * secret.
   */
  keyIdOf(authorization: string | undefined): string | undefined {
    return this.#authenticate(authorization)?.client.keyId;
  }

  /** @throws ApiError `unauthorized_error` unless the credentials give access to the project on this server */
  authorize(authorization: string | undefined, projectId: string): void {
    const authenticated = this.#authenticate(authorization);
    if (authenticated?.isExpired) throw new ApiError('unauthorized_error', undefined, expiredTokenChallenge);
    if (authenticated === undefined || !this.#hasAccess(authenticated.client, projectId))
      throw this.unauthorized(authorization);
  }

  unauthorized(authorization: string | undefined): ApiError {
    const usesToken = this.server.plane === 'admin' || credentialsOf(authorization)?.scheme === 'bearer';
    return new ApiError('unauthorized_error', undefined, usesToken ? invalidTokenChallenge : basicChallenge);
  }

  /** Expires the token of a request, if it has one. */
  expireTokenOf(authorization: string | undefined): void {
    const credentials = credentialsOf(authorization);
    if (credentials?.scheme === 'bearer') this.#tokens.expire(credentials.token);
  }

  /**
   * Handles the OAuth2 client-credentials grant. The upstream sends no `Retry-After` with a 429 (docs/upstream.md
   * section 3.3).
   */
  token({ authorization, contentType, body }: TokenRequest): HttpResponse {
    if (!this.#bucket.take()) return oauthError(429, 'too_many_requests', 'The rate limit was exceeded.');

    const credentials = credentialsOf(authorization);
    const client = credentials?.scheme === 'basic' ? this.#registered(credentials.client) : undefined;
    if (client === undefined) return this.invalidClient();

    const grantTypes = isForm(contentType) ? new URLSearchParams(body.toString()).getAll('grant_type') : [];
    const [grantType] = grantTypes;
    if (grantType === undefined || grantType === '' || grantTypes.length > 1)
      return oauthError(400, 'invalid_request', 'A form with one grant_type is required.');
    if (grantType !== 'client_credentials')
      return oauthError(400, 'unsupported_grant_type', 'The only grant type is client_credentials.');

    return jsonResponse(
      200,
      {
        access_token: this.#tokens.issue(client),
        token_type: 'bearer',
        expires_in: tokenLifetimeSeconds,
        scope: '',
      },
      { 'cache-control': 'no-store' },
    );
  }

  invalidClient(): HttpResponse {
    return oauthError(401, 'invalid_client', 'Client authentication failed.', basicChallenge);
  }

  #authenticate(authorization: string | undefined): { client: Client; isExpired: boolean } | undefined {
    const credentials = credentialsOf(authorization);
    const acceptsBasic = this.server.plane === 'public';
    const authenticated =
      credentials?.scheme === 'bearer'
        ? this.#tokens.lookup(credentials.token)
        : acceptsBasic && credentials && { client: credentials.client, isExpired: false };
    return authenticated && this.#registered(authenticated.client) ? authenticated : undefined;
  }

  #registered(client: Client): Client | undefined {
    const { environment, plane } = this.server;
    const registered =
      plane === 'admin' ? this.store.adminClientsOf(environment) : this.store.clientsOf(environment);
    return registered.find((candidate) => isSameClient(candidate, client));
  }

  #hasAccess(client: Client, projectId: string): boolean {
    const { environment, plane } = this.server;
    if (plane === 'admin') return true;
    const project = this.store.project(environment, projectId);
    return project?.clients.some((candidate) => isSameClient(candidate, client)) ?? false;
  }
}

function isForm(contentType: string | undefined): boolean {
  return contentType?.split(';')[0]?.trim().toLowerCase() === 'application/x-www-form-urlencoded';
}

function oauthError(
  status: number,
  error: string,
  description: string,
  headers: Record<string, string> = {},
): HttpResponse {
  return jsonResponse(status, { error, error_description: description }, headers);
}
