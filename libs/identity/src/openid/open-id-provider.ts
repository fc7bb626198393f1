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

/** Signatures with the provider's private key alone: `none` and MACs under a shared secret prove nothing here. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

/** A token that proves who somebody is was made for this answer, a moment ago. */
const MAX_TOKEN_AGE = '10 minutes';

/** OpenID Connect Back-Channel Logout 1.0 section 2.4. */
const LOGOUT_TOKEN_TYPE = 'logout+jwt';

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
  readonly keys: ProviderKeys;
}

/**
 * One OpenID provider: authorization code flow with PKCE, state, nonce and `iss` (RFC 9700, RFC 9207), and the claims of
 * tokens that are signed, for us, and in time. Nothing is asked of it before somebody signs in.
 */
export class OpenIdProvider {
  private discovered: Promise<Discovered> | undefined;
  /** Survives a new discovery, so that its cool-down does too. */
  private keys: ProviderKeys | undefined;

  constructor(
    readonly settings: OidcSettings,
    private readonly plainHttp: boolean,
    private readonly monotonic: Clock,
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
      throw this.problemOf(error, 'authorization');
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
      throw this.problemOf(error, 'token');
    }
  }

  /** The claims of a logout token that the provider sent to us. @throws Problem */
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
   * Where a person ends their session at the provider (OpenID Connect RP-Initiated Logout 1.0 section 2).
   * @param origin where the browser returns to unless configured
   * @returns null where the provider has no such place, or is unavailable
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

  /** A provider that failed may have described itself wrongly, or moved: the next who signs in asks it anew. */
  private problemOf(error: unknown, stage: SignInStage): Problem {
    const problem = providerProblem(error, stage);
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

  /** Plain http is for profile development alone (docs/contract.md section 2), for keys as well. */
  private isUsable(address: string): boolean {
    const protocol = URL.parse(address)?.protocol;
    return protocol === 'https:' || (this.plainHttp && protocol === 'http:');
  }

  private async ask(): Promise<Discovered> {
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

/** Whether a token has the type of any JWT, or none. @throws JWSInvalid */
function isOfGeneralType(token: string): boolean {
  try {
    const { typ } = decodeProtectedHeader(token);
    return typ === undefined || /^(application\/)?jwt$/i.test(typ);
  } catch (cause) {
    throw new errors.JWSInvalid('The header of the token cannot be read', { cause });
  }
}
