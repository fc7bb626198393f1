import { type Clock, type OidcSettings } from '@bff/config';
import { type Problem } from '@bff/problems';
import { decodeProtectedHeader, errors, type JWTPayload, type JWTVerifyOptions } from 'jose';
import * as client from 'openid-client';
import { boundedFetch } from './bounded-fetch.js';
import { clientAuthentication } from './client-authentication.js';
import { CLOCK_TOLERANCE_SECONDS } from './clock-tolerance.js';
import { ProviderKeys } from './provider-keys.js';
import { providerProblem } from './provider-problems.js';
import { SignInProblem, type SignInStage } from './sign-in-problem.js';

const TIMEOUT_SECONDS = 5;

/** Only asymmetric signatures: `none` and MACs under a shared secret do not prove the issuer. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

/** Maximum age of an ID token, which the provider creates for this exchange. */
const MAX_TOKEN_AGE = '10 minutes';

/** OpenID Connect Back-Channel Logout 1.0 section 2.4. */
const LOGOUT_TOKEN_TYPE = 'logout+jwt';

const SCOPE = 'openid email profile';

/** The parameters of an authorization request. */
export interface AuthorizationRequest {
  readonly redirectUri: string;
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  /** The requested authentication context class of a step-up; null for a sign-in. */
  readonly acr: string | null;
}

/** The values that the authorization response must match. */
export type AuthorizationChecks = Pick<AuthorizationRequest, 'state' | 'nonce' | 'codeVerifier'>;

interface Discovered {
  readonly configuration: client.Configuration;
  readonly keys: ProviderKeys;
}

/**
 * Client of one OpenID provider: authorization code flow with PKCE, state, nonce and `iss` (RFC 9700, RFC
 * 9207), and validation of token signature, audience and times. The provider's metadata is fetched at the
 * first sign-in.
 */
export class OpenIdProvider {
  private discovered: Promise<Discovered> | undefined;
  /** Kept across discoveries, so that the cool-down of key fetches continues. */
  private keys: ProviderKeys | undefined;

  constructor(
    readonly settings: OidcSettings,
    private readonly plainHttp: boolean,
    private readonly monotonic: Clock,
  ) {}

  /**
   * Returns the URL of an authorization request.
   * @throws Problem `bff_upstream_unavailable`, `bff_upstream_invalid_response`
   */
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
    // The request contains no secret, so it is pushed only if the provider requires it (RFC 9126).
    const mustPush = configuration.serverMetadata().require_pushed_authorization_requests === true;
    try {
      return mustPush
        ? await client.buildAuthorizationUrlWithPAR(configuration, parameters)
        : client.buildAuthorizationUrl(configuration, parameters);
    } catch (error) {
      throw this.problemOf(error, 'authorization');
    }
  }

  /**
   * Exchanges the authorization code and returns the claims of the ID token.
   * @param callback the complete URL of the redirect
   * @throws Problem `bff_invalid_credentials` for an invalid response; `bff_upstream_unavailable`,
   * `bff_upstream_invalid_response`
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
      // The library relies on TLS to the token endpoint and does not verify the signature.
      return await this.verified(tokens.id_token ?? '', keys);
    } catch (error) {
      throw this.problemOf(error, 'token');
    }
  }

  /** Verifies a logout token and returns its claims. @throws Problem */
  async logoutClaims(token: string): Promise<JWTPayload> {
    const { keys } = await this.discover();
    const { acceptUntypedLogoutTokens } = this.settings;
    try {
      const isUntyped = acceptUntypedLogoutTokens && isOfGeneralType(token);
      return await this.verified(token, keys, isUntyped ? {} : { typ: LOGOUT_TOKEN_TYPE });
    } catch (error) {
      throw providerProblem(error, 'token');
    }
  }

  /**
   * Returns the URL that ends the user's session at the provider (OpenID Connect RP-Initiated Logout 1.0
   * section 2).
   * @param origin the default of the post-logout redirect URI
   * @returns null if the provider has no such endpoint or is unavailable
   */
  async endSessionUrl(origin: string): Promise<string | null> {
    try {
      const { configuration } = await this.discover();
      if (configuration.serverMetadata().end_session_endpoint === undefined) return null;
      const { postLogoutRedirectUri } = this.settings;
      // The library adds the client id.
      return client.buildEndSessionUrl(configuration, {
        post_logout_redirect_uri: postLogoutRedirectUri ?? origin,
      }).href;
    } catch {
      return null;
    }
  }

  private async verified(
    token: string,
    keys: ProviderKeys,
    options: Pick<JWTVerifyOptions, 'typ'> = {},
  ): Promise<JWTPayload> {
    const payload = await keys.verify(token, {
      issuer: this.settings.issuer,
      audience: this.settings.clientId,
      algorithms: ALGORITHMS,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      maxTokenAge: MAX_TOKEN_AGE,
      ...options,
    });
    const { azp = this.settings.clientId } = payload as { readonly azp?: unknown };
    if (azp !== this.settings.clientId) {
      const failure = { stage: 'id-token', reason: 'claim-mismatch', claim: 'azp' } as const;
      throw new SignInProblem('bff_invalid_credentials', failure);
    }
    return payload;
  }

  /** Discards the metadata after a failure of the provider, because they may be outdated. */
  private problemOf(error: unknown, stage: SignInStage): Problem {
    const problem = providerProblem(error, stage);
    if (problem.status >= 500) this.discovered = undefined;
    return problem;
  }

  private discover(): Promise<Discovered> {
    if (this.discovered === undefined) {
      this.discovered = this.fetchMetadata();
      // The next sign-in retries a failed discovery.
      this.discovered.catch(() => (this.discovered = undefined));
    }
    return this.discovered;
  }

  /** Plain HTTP is allowed only in profile development (docs/contract.md section 2). */
  private isUsable(address: string): boolean {
    const protocol = URL.parse(address)?.protocol;
    return protocol === 'https:' || (this.plainHttp && protocol === 'http:');
  }

  private async fetchMetadata(): Promise<Discovered> {
    const { issuer, clientId } = this.settings;
    try {
      const configuration = await client.discovery(
        new URL(issuer),
        clientId,
        { [client.clockTolerance]: CLOCK_TOLERANCE_SECONDS },
        clientAuthentication(this.settings),
        {
          timeout: TIMEOUT_SECONDS,
          execute: this.plainHttp ? [client.allowInsecureRequests] : [],
          [client.customFetch]: boundedFetch,
        },
      );
      const server = configuration.serverMetadata();
      const { jwks_uri: jwksUri = '', token_endpoint: token = '', authorization_endpoint: at = '' } = server;
      if (server.issuer !== issuer) throw unusable('issuer-mismatch');
      if ([jwksUri, token, at].some((address) => !this.isUsable(address)))
        throw unusable('unusable-endpoint');
      return { configuration, keys: this.keysAt(jwksUri) };
    } catch (error) {
      throw providerProblem(error, 'discovery');
    }
  }

  private keysAt(address: string): ProviderKeys {
    if (this.keys?.address !== address) {
      this.keys = new ProviderKeys(address, TIMEOUT_SECONDS * 1_000, this.monotonic);
    }
    return this.keys;
  }
}

function unusable(reason: string): SignInProblem {
  return new SignInProblem('bff_upstream_invalid_response', { stage: 'discovery', reason });
}

/** Whether a token's `typ` is absent or the generic `JWT`. @throws JWSInvalid */
function isOfGeneralType(token: string): boolean {
  try {
    const { typ } = decodeProtectedHeader(token);
    return typ === undefined || /^(application\/)?jwt$/i.test(typ);
  } catch (cause) {
    throw new errors.JWSInvalid('The header of the token cannot be read', { cause });
  }
}
