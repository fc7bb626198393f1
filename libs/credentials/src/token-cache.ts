import { AuditLog } from '@bff/audit';
import { BFF_CONFIG, type BffConfig, type Clock, type UpstreamServer } from '@bff/config';
import { PeerFailure, peerOf, Problem } from '@bff/problems';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { type Credential } from './credential.js';
import { credentialUsed } from './credential-used.js';
import { TokenClient } from './token-client.js';

/** The official SDK renews this long before the end (docs/upstream.md section 3.3). */
const RENEW_BEFORE_MS = 60_000;

/**
 * After a refusal the token endpoint is asked again after this long at the latest
 * (docs/contract.md section 5).
 */
const COOL_DOWN_MS = 30_000;

/** An upstream that refuses so many fresh tokens in a row refuses the next one too. */
const MAX_FRESH_REFUSALS = 2;

/** A renewal that failed is tried again after this long; the token at hand serves meanwhile. */
const RENEWAL_RETRY_MS = 5_000;

const logger = new Logger('Tokens');

/** Times are those of the monotonic clock. */
interface Token {
  readonly authorization: string;
  readonly obtainedAt: number;
  expiresAt: number;
  renewAt: number;
}

/** What is known for one credential, in one version, on one server. */
interface Entry {
  token: Token | undefined;
  pending: Promise<string> | undefined;
  refusal: { readonly problem: Problem; readonly until: number } | undefined;
  /** Tokens younger than the cool-down that the upstream has refused since it last took an older one. */
  freshRefusals: number;
}

/**
 * Access tokens in memory, by server and credential; a credential is one object per owner, kind and version, and when the
 * directory lets go of it its tokens go with it. One request in flight for each; who waits for it may leave, the request
 * goes on for the others.
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
   * The `Authorization` value to use now: at once from memory, else a promise.
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

  /** The error that a call would get at once, without asking; undefined where it would get a token or ask for one. */
  knownRefusal(server: UpstreamServer, credential: Credential): Problem | undefined {
    const entry = this.entryFor(server, credential);
    return entry.token !== undefined && this.monotonic() < entry.token.expiresAt
      ? undefined
      : this.refusalOf(entry);
  }

  /** Whether this is the token that is known for a credential. */
  isCurrent(server: UpstreamServer, credential: Credential, authorization: string): boolean {
    return this.entryFor(server, credential).token?.authorization === authorization;
  }

  /** Notes that the upstream took the token of a credential; only one that served for a while makes up for refusals. */
  accepted(server: UpstreamServer, credential: Credential): void {
    const entry = this.entryFor(server, credential);
    if (entry.freshRefusals === 0 || entry.token === undefined) return;
    if (this.monotonic() >= entry.token.obtainedAt + COOL_DOWN_MS) entry.freshRefusals = 0;
  }

  /**
   * Learns that the upstream refused a token. One that it calls expired is dropped, once: where it refuses fresh ones too,
   * and where it gives another reason, the token stays until the cool-down is over, so that nobody hammers the endpoint.
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

/** Refused clients and rate limits are remembered for a while; what may be over at the next call is not. */
function coolDown(problem: Problem, now: number): Entry['refusal'] {
  switch (problem.errorCode) {
    case 'bff_upstream_credentials_rejected':
      return { problem, until: now + COOL_DOWN_MS };
    case 'bff_rate_limited':
      return { problem, until: now + Math.min(secondsIn(problem.retryAfter) * 1_000, COOL_DOWN_MS) };
    default:
      return undefined;
  }
}

/**
 * The endpoint refills ten requests a second (docs/upstream.md section 3.3), so a second helps without a
 * hint.
 */
function secondsIn(retryAfter: string | undefined): number {
  return /^\d{1,9}$/.test(retryAfter ?? '') ? Number(retryAfter) : 1;
}
