import { type Clock } from '@bff/config';
import {
  createLocalJWKSet,
  errors,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyOptions,
  jwtVerify,
  type JWTVerifyGetKey,
} from 'jose';
import { boundedFetch } from './bounded-fetch.js';

/** Maximum age of keys; older ones are fetched again before use. */
const MAX_AGE_MS = 10 * 60_000;

/**
 * Minimum time between two fetches, including failed ones, so that invalid tokens cannot flood the provider.
 */
const COOL_DOWN_MS = 2_000;

/** The provider's keys could not be fetched. */
export class KeysUnavailableError extends Error {
  override readonly name = 'KeysUnavailableError';
}

/**
 * Verifies tokens with the published keys of a provider. If no cached key verifies a token, because its key
 * id is unknown or the provider published a new key under the same id, the keys are fetched and the token is
 * verified again.
 */
export class ProviderKeys {
  private keys: JWTVerifyGetKey | undefined;
  private fetchedAt = -Infinity;
  private failure: KeysUnavailableError | undefined;
  private pending: Promise<void> | undefined;

  constructor(
    readonly address: string,
    private readonly timeoutMs: number,
    private readonly monotonic: Clock,
  ) {}

  /** @throws JOSEError for an invalid token; KeysUnavailableError */
  async verify(token: string, options: JWTVerifyOptions): Promise<JWTPayload> {
    const keys = await this.current();
    try {
      return (await jwtVerify(token, keys, options)).payload;
    } catch (error) {
      if (!mayBeKeyChange(error)) throw error;
      const renewed = await this.renewedSince(keys);
      if (renewed === undefined) throw error;
      return (await jwtVerify(token, renewed, options)).payload;
    }
  }

  private async current(): Promise<JWTVerifyGetKey> {
    if (this.keys === undefined || this.ageMs >= MAX_AGE_MS) await this.fetch();
    if (this.keys === undefined) throw this.failure ?? new KeysUnavailableError();
    return this.keys;
  }

  /** Returns keys fetched after the given ones; undefined during the cool-down. */
  private async renewedSince(old: JWTVerifyGetKey): Promise<JWTVerifyGetKey | undefined> {
    if (this.keys === old) {
      if (this.pending === undefined && this.ageMs < COOL_DOWN_MS) return undefined;
      await this.fetch();
    }
    return this.keys === old ? undefined : this.keys;
  }

  /** Milliseconds since the last fetch began. */
  private get ageMs(): number {
    return this.monotonic() - this.fetchedAt;
  }

  /** Fetches the keys; concurrent callers share a fetch, and a failure is repeated during the cool-down. */
  private async fetch(): Promise<void> {
    if (this.pending === undefined) {
      if (this.failure !== undefined && this.ageMs < COOL_DOWN_MS) throw this.failure;
      this.fetchedAt = this.monotonic();
      this.pending = this.fetchKeys().finally(() => (this.pending = undefined));
    }
    await this.pending;
  }

  private async fetchKeys(): Promise<void> {
    try {
      const response = await boundedFetch(this.address, {
        headers: { accept: 'application/json, application/jwk-set+json' },
        redirect: 'manual',
        signal: AbortSignal.timeout(this.timeoutMs),
      });
      if (response.status !== 200)
        throw new TypeError(`The keys were answered with status ${response.status}`);
      this.keys = createLocalJWKSet((await response.json()) as JSONWebKeySet);
      this.failure = undefined;
    } catch (cause) {
      this.failure = new KeysUnavailableError("The provider's keys could not be fetched", { cause });
      throw this.failure;
    }
  }
}

function mayBeKeyChange(error: unknown): boolean {
  return error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWSSignatureVerificationFailed;
}
