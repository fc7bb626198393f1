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

/** Keys that are older are fetched before they are used. */
const MAX_AGE_MS = 10 * 60_000;

/** Minimum time between two fetches, failed ones included: a flood of bad tokens is not a flood of fetches. */
const COOL_DOWN_MS = 2_000;

/** The provider's keys could not be fetched. */
export class KeysUnavailableError extends Error {
  override readonly name = 'KeysUnavailableError';
}

/**
 * The published keys of a provider. A token that no known key verifies, because its key id is unknown or because the provider
 * published a new key under the same id, makes the keys be fetched again, and is then verified once more.
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

  /** @throws JOSEError for a token that does not hold; KeysUnavailableError */
  async verify(token: string, options: JWTVerifyOptions): Promise<JWTPayload> {
    const keys = await this.current();
    try {
      return (await jwtVerify(token, keys, options)).payload;
    } catch (error) {
      if (!isKeyInDoubt(error)) throw error;
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

  /** Keys that were fetched after others; undefined while the cool-down lasts. */
  private async renewedSince(old: JWTVerifyGetKey): Promise<JWTVerifyGetKey | undefined> {
    if (this.keys === old) {
      if (this.pending === undefined && this.ageMs < COOL_DOWN_MS) return undefined;
      await this.fetch();
    }
    return this.keys === old ? undefined : this.keys;
  }

  /** Milliseconds since the keys were last asked for. */
  private get ageMs(): number {
    return this.monotonic() - this.fetchedAt;
  }

  /** One fetch at a time, shared by all that wait; a failure is repeated to everybody while the cool-down lasts. */
  private async fetch(): Promise<void> {
    if (this.pending === undefined) {
      if (this.failure !== undefined && this.ageMs < COOL_DOWN_MS) throw this.failure;
      this.fetchedAt = this.monotonic();
      this.pending = this.ask().finally(() => (this.pending = undefined));
    }
    await this.pending;
  }

  private async ask(): Promise<void> {
    try {
      const answer = await boundedFetch(this.address, {
        headers: { accept: 'application/json, application/jwk-set+json' },
        redirect: 'manual',
        signal: AbortSignal.timeout(this.timeoutMs),
      });
      if (answer.status !== 200) throw new TypeError(`The keys were answered with status ${answer.status}`);
      this.keys = createLocalJWKSet((await answer.json()) as JSONWebKeySet);
      this.failure = undefined;
    } catch (cause) {
      this.failure = new KeysUnavailableError("The provider's keys could not be fetched", { cause });
      throw this.failure;
    }
  }
}

function isKeyInDoubt(error: unknown): boolean {
  return error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWSSignatureVerificationFailed;
}
