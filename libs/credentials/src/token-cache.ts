import { AuditLog } from '@bff/audit';
import { BFF_CONFIG, type BffConfig, type Clock, type UpstreamServer } from '@bff/config';
import { PeerFailure, peerOf, Problem } from '@bff/problems';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { type Credential } from './credential.js';
import { credentialUsed } from './credential-used.js';
import { TokenClient } from './token-client.js';

/** The renewal starts this long before the expiry, as in the official SDK (docs/upstream.md section 3.3). */
const RENEW_BEFORE_MS = 60_000;

/**
 * Maximum time after a refusal for which the token endpoint gets no further request
 * (docs/contract.md section 5).
 */
const COOL_DOWN_MS = 30_000;

/**
 * After this number of consecutive refusals of fresh tokens, no other token is requested until the cool-down
 * is over.
 */
const MAX_FRESH_REFUSALS = 2;

/** Delay before a failed renewal is tried again; the current token is used until it expires. */
const RENEWAL_RETRY_MS = 5_000;

const logger = new Logger('Tokens');

/** Times are milliseconds of the monotonic clock. */
interface Token {
  readonly authorization: string;
  readonly obtainedAt: number;
  expiresAt: number;
  renewAt: number;
}

/** The state of one credential version on one server. */
interface Entry {
  token: Token | undefined;
  pending: Promise<string> | undefined;
  refusal: { readonly problem: Problem; readonly until: number } | undefined;
  /** Refused tokens younger than the cool-down since the upstream last accepted an older one. */
  freshRefusals: number;
}

/**
 * Access tokens in memory, by server and credential. A credential is one object per owner, kind and version,
 * and its tokens are garbage-collected with it. At most one token request per server and credential is in
 * flight; callers that stop waiting do not cancel it.
 */
@Injectable()
export class TokenCache {
  private readonly entries = new Map<UpstreamServer, WeakMap<Credential, Entry>>();
  private readonly clock: Clock;
  private readonly monotonic: Clock;

  constructor(
    private readonly client: TokenClient,
    private readonly audit: AuditLog,
    @Inject(BFF_CONFIG) { clock, monotonic }: BffConfig,
  ) {
    this.clock = clock;
    this.monotonic = monotonic;
  }

  /**
   * Returns the current `Authorization` value: at once if it is in memory, else a promise.
   * @throws Problem, or rejects with one; see {@link TokenClient.request}
   */
  authorizationFor(server: UpstreamServer, credential: Credential): string | Promise<string> {
    const entry = this.entryFor(server, credential);
    const now = this.monotonic();
    const { token } = entry;
    if (token !== undefined && now < token.expiresAt) {
      if (now >= token.renewAt) this.renew(entry, token, server, credential);
      return token.authorization;
    }
    const refusal = this.refusalOf(entry);
    if (refusal !== undefined) throw refusal;
    return this.request(entry, server, credential);
  }

  /**
   * The error that a call would fail with without a token request; undefined if it would use or request a
   * token.
   */
  knownRefusal(server: UpstreamServer, credential: Credential): Problem | undefined {
    const entry = this.entryFor(server, credential);
    return entry.token !== undefined && this.monotonic() < entry.token.expiresAt
      ? undefined
      : this.refusalOf(entry);
  }

  /**
   * Records that the upstream accepted a token; only a token older than the cool-down resets the count of
   * refusals.
   */
  accepted(server: UpstreamServer, credential: Credential): void {
    const entry = this.entryFor(server, credential);
    if (entry.freshRefusals === 0 || entry.token === undefined) return;
    if (this.monotonic() >= entry.token.obtainedAt + COOL_DOWN_MS) entry.freshRefusals = 0;
  }

  /**
   * Handles a token that the upstream refused. An expired token is dropped. If the upstream refuses fresh
   * tokens too, or gives another reason, the token is kept until the cool-down is over, which limits the
   * requests to the token endpoint.
   * @returns whether another token may help
   */
  refused(
    server: UpstreamServer,
    credential: Credential,
    authorization: string,
    hasExpired: boolean,
  ): boolean {
    const entry = this.entryFor(server, credential);
    const { token } = entry;
    if (token?.authorization !== authorization) return true;
    const coolsDownAt = token.obtainedAt + COOL_DOWN_MS;
    if (this.monotonic() < coolsDownAt) entry.freshRefusals += 1;
    if (hasExpired && entry.freshRefusals < MAX_FRESH_REFUSALS) {
      entry.token = undefined;
      return true;
    }
    token.expiresAt = Math.min(token.expiresAt, coolsDownAt);
    return false;
  }

  private entryFor(server: UpstreamServer, credential: Credential): Entry {
    let ofServer = this.entries.get(server);
    if (ofServer === undefined) this.entries.set(server, (ofServer = new WeakMap<Credential, Entry>()));
    let entry = ofServer.get(credential);
    if (entry === undefined) {
      entry = { token: undefined, pending: undefined, refusal: undefined, freshRefusals: 0 };
      ofServer.set(credential, entry);
    }
    return entry;
  }

  private refusalOf({ refusal }: Entry): Problem | undefined {
    return refusal !== undefined && this.monotonic() < refusal.until ? refusal.problem : undefined;
  }

  private renew(entry: Entry, token: Token, server: UpstreamServer, credential: Credential): void {
    token.renewAt = this.monotonic() + RENEWAL_RETRY_MS;
    this.request(entry, server, credential).catch((error: unknown) => {
      logger.warn(new PeerFailure(peerOf(error) ?? server.name, error));
    });
  }

  private request(entry: Entry, server: UpstreamServer, credential: Credential): Promise<string> {
    entry.pending ??= this.obtain(entry, server, credential).finally(() => {
      entry.pending = undefined;
    });
    return entry.pending;
  }

  private async obtain(entry: Entry, server: UpstreamServer, credential: Credential): Promise<string> {
    if (server.tokenUrl === null) {
      throw new Problem('bff_upstream_unavailable', {
        detail: 'No token URL is configured for this server.',
      });
    }
    try {
      const { authorization, lifetimeMs } = await this.client.request(server.tokenUrl, credential);
      const now = this.monotonic();
      const renewAt = now + Math.max(lifetimeMs - RENEW_BEFORE_MS, lifetimeMs / 2);
      entry.token = { authorization, obtainedAt: now, expiresAt: now + lifetimeMs, renewAt };
      entry.refusal = undefined;
      credential.lastSuccessAt = this.clock();
      this.audit.later(credentialUsed(credential, server));
      return authorization;
    } catch (error) {
      if (error instanceof Problem) entry.refusal = coolDown(error, this.monotonic());
      throw error;
    }
  }
}

/**
 * The refusals that are remembered: refused clients and rate limits. Other errors may be over at the next
 * call.
 */
function coolDown(problem: Problem, now: number): Entry['refusal'] {
  switch (problem.errorCode) {
    case 'bff_upstream_credentials_rejected':
      return { problem, until: now + COOL_DOWN_MS };
    case 'bff_rate_limited':
      return { problem, until: now + Math.min(retryAfterSeconds(problem.retryAfter) * 1_000, COOL_DOWN_MS) };
    default:
      return undefined;
  }
}

/**
 * Parses `Retry-After` in seconds. The default is 1, because the endpoint permits ten requests per second
 * (docs/upstream.md section 3.3).
 */
function retryAfterSeconds(retryAfter: string | undefined): number {
  return /^\d{1,9}$/.test(retryAfter ?? '') ? Number(retryAfter) : 1;
}
