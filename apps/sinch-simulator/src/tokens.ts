import { randomBytes } from 'node:crypto';
import type { Client } from './store.js';

/** Lifetime of a token in seconds (docs/upstream.md section 3.3). */
export const tokenLifetimeSeconds = 3600;

/** Time in milliseconds for which an expired token is distinguished from an unknown one. */
const expiredRetentionMs = 24 * 60 * 60 * 1000;

interface IssuedToken {
  readonly client: Client;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/**
 * Access tokens of one server. They look like a JWT with an `exp`, but are looked up instead of verified, so only
 * tokens that this server issued are accepted.
 */
export class Tokens {
  readonly #issued = new Map<string, IssuedToken>();

  constructor(
    private readonly issuer: string,
    private readonly now: () => number,
  ) {}

  issue(client: Client): string {
    this.#removeExpired();
    const issuedAt = Math.floor(this.now() / 1000);
    const exp = issuedAt + tokenLifetimeSeconds;
    const token = [
      encoded({ alg: 'RS256', typ: 'JWT' }),
      encoded({
        iss: this.issuer,
        sub: client.keyId,
        iat: issuedAt,
        exp,
        jti: randomBytes(8).toString('base64url'),
      }),
      randomBytes(32).toString('base64url'),
    ].join('.');
    this.#issued.set(token, { client, expiresAt: exp * 1000 });
    return token;
  }

  /** @returns the client of a token; undefined if this server did not issue the token */
  lookup(token: string): { client: Client; isExpired: boolean } | undefined {
    const issued = this.#issued.get(token);
    return issued && { client: issued.client, isExpired: issued.expiresAt <= this.now() };
  }

  /** Expires a token now. */
  expire(token: string): void {
    const issued = this.#issued.get(token);
    if (issued) this.#issued.set(token, { ...issued, expiresAt: Math.min(issued.expiresAt, this.now()) });
  }

  #removeExpired(): void {
    for (const [token, { expiresAt }] of this.#issued)
      if (expiresAt + expiredRetentionMs < this.now()) this.#issued.delete(token);
  }
}

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
