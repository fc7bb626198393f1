import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { BFF_CONFIG, type BffConfig } from '@bff/config';
import { Problem, retryAfterOf, rootCause } from '@bff/problems';
import { HttpService } from '@nestjs/axios';
import { Inject, Injectable } from '@nestjs/common';
import { type AxiosResponse, isAxiosError } from 'axios';
import { type Credential } from './credential.js';
import { TokenEndpoint } from './token-endpoint.js';
import { tokenLifetime } from './token-lifetime.js';

/** An issued token, as `Authorization` value, with its lifetime in milliseconds. */
export interface IssuedToken {
  readonly authorization: string;
  readonly lifetimeMs: number;
}

/** Maximum size of a token response; real responses are much smaller. */
const MAX_RESPONSE_BYTES = 64 * 1024;

/**
 * Requests tokens with OAuth2 client credentials: HTTP Basic client authentication, one form field
 * (docs/upstream.md section 3.3).
 */
@Injectable()
export class TokenClient {
  /**
   * Token requests are few; a new connection for each avoids failures on connections that the peer has just
   * closed.
   */
  private readonly agents = {
    httpAgent: new HttpAgent({ keepAlive: false }),
    httpsAgent: new HttpsAgent({ keepAlive: false }),
  };

  /** By URL. */
  private readonly endpoints = new Map<string, TokenEndpoint>();

  constructor(
    private readonly http: HttpService,
    @Inject(BFF_CONFIG) private readonly config: BffConfig,
  ) {}

  /** @throws Problem `bff_upstream_*`, `bff_rate_limited` or `bff_overloaded` */
  async request(tokenUrl: URL, credential: Pick<Credential, 'keyId' | 'secret'>): Promise<IssuedToken> {
    try {
      const response = await this.endpointAt(tokenUrl).request(() => this.send(tokenUrl, credential));
      return response.status === 200 ? issuedToken(response.data, this.config.clock()) : refuse(response);
    } catch (error) {
      const problem = error instanceof Problem ? error : transportProblem(error);
      problem.peer ??= `token endpoint ${tokenUrl.host}`;
      throw problem;
    }
  }

  private endpointAt({ href }: URL): TokenEndpoint {
    let endpoint = this.endpoints.get(href);
    if (endpoint === undefined) this.endpoints.set(href, (endpoint = new TokenEndpoint(this.config)));
    return endpoint;
  }

  private send(
    tokenUrl: URL,
    credential: Pick<Credential, 'keyId' | 'secret'>,
  ): Promise<AxiosResponse<string>> {
    return this.http.axiosRef.request<string>({
      ...this.agents,
      method: 'POST',
      url: tokenUrl.href,
      data: 'grant_type=client_credentials',
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      auth: { username: credential.keyId, password: credential.secret().reveal() },
      // The timeout of axios restarts with every byte.
      signal: AbortSignal.timeout(this.config.upstreamTimeoutMs),
      maxRedirects: 0,
      maxContentLength: MAX_RESPONSE_BYTES,
      proxy: false,
      responseType: 'text',
      transformResponse: (text: string) => text,
      validateStatus: () => true,
    });
  }
}

/** An axios error contains the request with the secret; only code and message of its root cause are kept. */
function transportProblem(error: unknown): Problem {
  const code = isAxiosError(error) ? (error.code ?? 'unknown') : 'unknown';
  const root = rootCause(error);
  const cause = Object.assign(new Error(`The token request failed: ${root.message}`), { code: root.code });
  if (code.startsWith('HPE_')) return new Problem('bff_upstream_invalid_response', { cause });
  switch (code) {
    case 'ERR_CANCELED':
      return new Problem('bff_upstream_timeout', { additionalInformation: { phase: 'token' }, cause });
    case 'ERR_BAD_RESPONSE':
    case 'ERR_BAD_REQUEST':
      return new Problem('bff_upstream_invalid_response', { cause });
    default:
      return new Problem('bff_upstream_unreachable', { cause });
  }
}

function issuedToken(text: string, now: number): IssuedToken {
  const body = parsed(text);
  const token = body['access_token'];
  const type = body['token_type'];
  if (
    typeof token === 'string' &&
    /^[\x21-\x7e]+$/.test(token) &&
    typeof type === 'string' &&
    type.toLowerCase() === 'bearer'
  ) {
    const lifetimeMs = tokenLifetime(body['expires_in'], token, now);
    if (lifetimeMs !== undefined) return { authorization: `Bearer ${token}`, lifetimeMs };
  }
  throw new Problem('bff_upstream_invalid_response', {
    detail: 'The token endpoint returned no usable token.',
  });
}

/** A refused client is answered with 401, or with 400 and one of these codes (RFC 6749 section 5.2). */
const CLIENT_REFUSED = new Set<unknown>(['invalid_client', 'unauthorized_client']);

function refuse({ status, data, headers }: AxiosResponse<string>): never {
  const detail = `The token endpoint answered ${status}.`;
  if (status === 401 || status === 403 || (status === 400 && CLIENT_REFUSED.has(parsed(data)['error']))) {
    throw new Problem('bff_upstream_credentials_rejected', { detail });
  }
  const retryAfter = retryAfterOf(headers['retry-after']);
  if (status === 429) throw new Problem('bff_rate_limited', { detail, retryAfter });
  if (status === 503) throw new Problem('bff_upstream_unavailable', { detail, retryAfter });
  throw new Problem('bff_upstream_invalid_response', { detail });
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
