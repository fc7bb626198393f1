import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { BFF_CONFIG, type BffConfig } from '@bff/config';
import { Problem, retryAfterOf, rootCause } from '@bff/problems';
import { HttpService } from '@nestjs/axios';
import { Inject, Injectable } from '@nestjs/common';
import { type AxiosResponse, isAxiosError } from 'axios';
import { type Credential } from './credential.js';
import { tokenLifetime } from './token-lifetime.js';

/** A token as the `Authorization` value it is used as, and how long it lives. */
export interface IssuedToken {
  readonly authorization: string;
  readonly lifetimeMs: number;
}

/** No token answer comes near this. */
const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * OAuth2 client credentials (docs/upstream.md section 3.3): HTTP Basic client authentication, one form field.
 */
@Injectable()
export class TokenClient {
  /** A connection for each of the few requests: a kept one that the other side has just closed would fail one of them. */
  private readonly agents = {
    httpAgent: new HttpAgent({ keepAlive: false }),
    httpsAgent: new HttpsAgent({ keepAlive: false }),
  };

  constructor(
    private readonly http: HttpService,
    @Inject(BFF_CONFIG) private readonly config: BffConfig,
  ) {}

  /** @throws Problem that says what went wrong: credentials rejected, rate limited, unreachable, junk, too slow */
  async request(tokenUrl: URL, credential: Pick<Credential, 'keyId' | 'secret'>): Promise<IssuedToken> {
    try {
      const answer = await this.http.axiosRef.request<string>({
        ...this.agents,
        method: 'POST',
        url: tokenUrl.href,
        data: 'grant_type=client_credentials',
        headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
        auth: { username: credential.keyId, password: credential.secret().reveal() },
        // axios' own time-out starts again with every byte.
        signal: AbortSignal.timeout(this.config.upstreamTimeoutMs),
        maxRedirects: 0,
        maxContentLength: MAX_ANSWER_BYTES,
        proxy: false,
        responseType: 'text',
        transformResponse: (text: string) => text,
        validateStatus: () => true,
      });
      return answer.status === 200 ? issuedToken(answer.data, this.config.clock()) : refuse(answer);
    } catch (error) {
      const problem = error instanceof Problem ? error : transportProblem(error);
      problem.peer ??= `token endpoint ${tokenUrl.host}`;
      throw problem;
    }
  }
}

/** An axios error carries the request, and with it the secret: only the root's code and message are kept. */
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
  const answer = parsed(text);
  const token = answer['access_token'];
  const type = answer['token_type'];
  if (
    typeof token === 'string' &&
    /^[\x21-\x7e]+$/.test(token) &&
    typeof type === 'string' &&
    type.toLowerCase() === 'bearer'
  ) {
    const lifetimeMs = tokenLifetime(answer['expires_in'], token, now);
    if (lifetimeMs !== undefined) return { authorization: `Bearer ${token}`, lifetimeMs };
  }
  throw new Problem('bff_upstream_invalid_response', {
    detail: 'The token endpoint gave no usable token.',
  });
}

/** RFC 6749 section 5.2: a refused client is 401, or 400 with one of these codes. */
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
