import { type OidcSettings } from '@bff/config';
import { Problem } from '@bff/problems';
import { createRemoteJWKSet, customFetch, type JWTPayload, jwtVerify, type JWTVerifyGetKey } from 'jose';
import * as client from 'openid-client';
import { boundedFetch } from './bounded-fetch.js';
import { CLOCK_TOLERANCE_SECONDS } from './clock-tolerance.js';
import { discoveryProblem, providerProblem } from './provider-problems.js';

const TIMEOUT_SECONDS = 5;

/** Keys are asked for again when a token names an unknown one, but no more often than this. */
const KEYS_COOL_DOWN_MS = 2_000;

/** Signatures with the provider's private key alone: `none` and MACs under a shared secret prove nothing here. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

/** A token that proves who somebody is was made for this answer, a moment ago. */
const MAX_TOKEN_AGE = '10 minutes';

const SCOPE = 'openid email profile';

/** What a sign-in asks of the provider. */
export interface AuthorizationRequest {
  readonly redirectUri: string;
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  /** Where the person must prove more than usual, and anew: the class that is asked for. */
  readonly acr: string | null;
}

/** What must hold of the answer. */
export type AuthorizationChecks = Pick<AuthorizationRequest, 'state' | 'nonce' | 'codeVerifier'>;

interface Discovered {
  readonly configuration: client.Configuration;
  readonly keys: JWTVerifyGetKey;
}

/**
 * One OpenID provider: authorization code flow with PKCE, state, nonce and `iss` (RFC 9700, RFC 9207), and the claims of
 * tokens that are signed, for us, and in time. Nothing is asked of it before somebody signs in.
 */
export class OpenIdProvider {
  private discovered: Promise<Discovered> | undefined;

  constructor(
    readonly settings: OidcSettings,
    private readonly plainHttp: boolean,
  ) {}

  /** Where to send the browser. @throws Problem `bff_upstream_unavailable`, `bff_upstream_invalid_response` */
  async authorizationUrl(request: AuthorizationRequest): Promise<URL> {
    const { configuration } = await this.discover();
    const parameters: Record<string, string> = {
      redirect_uri: request.redirectUri,
      scope: SCOPE,
      state: request.state,
      nonce: request.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(request.codeVerifier),
      code_challenge_method: 'S256',
      ...(request.acr === null ? {} : { acr_values: request.acr, max_age: '0', prompt: 'login' }),
    };
    // Nothing of the request is secret; it is pushed where the provider will not have it otherwise (RFC 9126).
    const mustPush = configuration.serverMetadata().require_pushed_authorization_requests === true;
    try {
      return mustPush
        ? await client.buildAuthorizationUrlWithPAR(configuration, parameters)
        : client.buildAuthorizationUrl(configuration, parameters);
    } catch (error) {
      throw this.problemOf(error);
    }
  }

  /**
   * The claims about who came back. @param callback the whole address that the browser was sent to
   * @throws Problem `bff_invalid_credentials` for an answer that proves nothing, or what keeps the provider from answering
   */
  async claimsOf(callback: URL, { state, nonce, codeVerifier }: AuthorizationChecks): Promise<JWTPayload> {
    const { configuration, keys } = await this.discover();
    try {
      const tokens = await client.authorizationCodeGrant(configuration, callback, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: codeVerifier,
        idTokenExpected: true,
      });
      // The library trusts the connection that brought the token; we trust the provider's key.
      return await this.verified(tokens.id_token ?? '', keys);
    } catch (error) {
      throw this.problemOf(error);
    }
  }

  /** The claims of a token that the provider pushed to us. @throws Problem */
  async pushedClaims(token: string, type: string): Promise<JWTPayload> {
    const { keys } = await this.discover();
    try {
      return await this.verified(token, keys, type);
    } catch (error) {
      throw providerProblem(error);
    }
  }

  /** Where a person ends their session at the provider; null where it has no such place, or is away. */
  async endSessionUrl(): Promise<string | null> {
    try {
      const { configuration } = await this.discover();
      if (configuration.serverMetadata().end_session_endpoint === undefined) return null;
      return client.buildEndSessionUrl(configuration).href;
    } catch {
      return null;
    }
  }

  private async verified(token: string, keys: JWTVerifyGetKey, type?: string): Promise<JWTPayload> {
    const { payload } = await jwtVerify(token, keys, {
      issuer: this.settings.issuer,
      audience: this.settings.clientId,
      algorithms: ALGORITHMS,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      maxTokenAge: MAX_TOKEN_AGE,
      ...(type === undefined ? {} : { typ: type }),
    });
    const { azp = this.settings.clientId } = payload as { readonly azp?: unknown };
    if (azp !== this.settings.clientId) throw new Problem('bff_invalid_credentials');
    return payload;
  }

  /** A provider that failed may have described itself wrongly, or moved: the next who signs in asks it anew. */
  private problemOf(error: unknown): Problem {
    const problem = providerProblem(error);
    if (problem.status >= 500) this.discovered = undefined;
    return problem;
  }

  private discover(): Promise<Discovered> {
    if (this.discovered === undefined) {
      this.discovered = this.ask();
      // A provider that was away is asked again by the next who signs in.
      this.discovered.catch(() => (this.discovered = undefined));
    }
    return this.discovered;
  }

  /** Plain http is for profile development alone (contract.md section 2), for keys as well. */
  private isUsable(address: string): boolean {
    const protocol = URL.parse(address)?.protocol;
    return protocol === 'https:' || (this.plainHttp && protocol === 'http:');
  }

  private async ask(): Promise<Discovered> {
    const { issuer, clientId, clientSecret } = this.settings;
    try {
      const configuration = await client.discovery(
        new URL(issuer),
        clientId,
        { [client.clockTolerance]: CLOCK_TOLERANCE_SECONDS },
        clientAuthentication(clientSecret.reveal()),
        {
          timeout: TIMEOUT_SECONDS,
          execute: this.plainHttp ? [client.allowInsecureRequests] : [],
          [client.customFetch]: boundedFetch,
        },
      );
      const server = configuration.serverMetadata();
      const { jwks_uri: jwksUri = '', token_endpoint: token = '', authorization_endpoint: at = '' } = server;
      if (server.issuer !== issuer || [jwksUri, token, at].some((address) => !this.isUsable(address)))
        throw new TypeError('The provider names itself otherwise, or places that cannot be used');
      const keys = createRemoteJWKSet(new URL(jwksUri), {
        timeoutDuration: TIMEOUT_SECONDS * 1_000,
        cooldownDuration: KEYS_COOL_DOWN_MS,
        [customFetch]: boundedFetch,
      });
      return { configuration, keys };
    } catch (error) {
      // Nobody has tried to prove anything yet: what is wrong here is wrong with the provider.
      throw discoveryProblem(error);
    }
  }
}

/** In the header where the provider takes it there, as is the default (OpenID Connect Discovery 1.0 section 3). */
function clientAuthentication(secret: string): client.ClientAuth {
  const [basic, post] = [client.ClientSecretBasic(secret), client.ClientSecretPost(secret)];
  return (server, ...request) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    (methods.includes('client_secret_basic') ? basic : post)(server, ...request);
  };
}
