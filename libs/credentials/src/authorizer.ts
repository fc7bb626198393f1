import { AuditLog } from '@bff/audit';
import { BFF_CONFIG, type BffConfig, type Clock, type UpstreamServer } from '@bff/config';
import { type CredentialScheme } from '@bff/database';
import { Problem } from '@bff/problems';
import { type Route } from '@bff/server-routing';
import { Inject, Injectable } from '@nestjs/common';
import { CredentialStore } from './credential-store.js';
import { type Credential, NOTHING_STORED } from './credential.js';
import { credentialUsed } from './credential-used.js';
import { TokenCache } from './token-cache.js';

const DAY_MS = 24 * 60 * 60_000;

/** What an upstream's 401 means for the call that got it. */
export type AfterRefusal = 'try-again-once' | 'final';

/**
 * Hop 6: the one `Authorization` value of a call. Where the credential is missing or cannot be decrypted
 * there is none, never an anonymous call and never another's (docs/security-requirements.md CRD-10).
 */
@Injectable()
export class Authorizer {
  /** `Authorization` values, and the day on which their use was last recorded. */
  private readonly basic = new WeakMap<
    Credential,
    { readonly authorization: string; readonly day: number }
  >();
  private readonly clock: Clock;

  constructor(
    private readonly credentials: CredentialStore,
    private readonly tokens: TokenCache,
    private readonly audit: AuditLog,
    @Inject(BFF_CONFIG) { clock }: BffConfig,
  ) {
    this.clock = clock;
  }

  /**
   * The credentials that serve a route now. A call asks once, at its admission, and holds them until it ends.
   * @throws Problem `bff_upstream_unavailable` where none are stored
   */
  credentialFor({ authority }: Pick<Route, 'authority'>): Credential {
    const credential = this.credentials.find(authority);
    if (credential !== undefined) return credential;
    throw new Problem('bff_upstream_unavailable', { detail: NOTHING_STORED });
  }

  /** @throws Problem, or rejects with one */
  authorizationFor(server: UpstreamServer, credential: Credential): string | Promise<string> {
    switch (credential.scheme) {
      case 'basic':
        return this.basicAuthorization(server, credential);
      case 'oauth2': {
        const authorization = this.tokens.authorizationFor(server, credential);
        return typeof authorization === 'string'
          ? authorization
          : authorization.catch((error: unknown) => this.withSuccessor(server, credential, error));
      }
    }
  }

  /** Scheme and key id that a call would use now; asks nobody. @throws Problem that the call would get */
  describe(route: Route): { readonly scheme: CredentialScheme; readonly keyId: string } {
    const credential = this.credentialFor(route);
    credential.secret();
    if (credential.scheme === 'oauth2') {
      const refusal = this.tokens.knownRefusal(route.server, credential);
      if (refusal !== undefined) throw refusal;
      if (route.server.tokenUrl === null) throw new Problem('bff_upstream_unavailable');
    }
    return { scheme: credential.scheme, keyId: credential.keyId };
  }

  /** Notes that a call succeeded, for the record of its credential. */
  succeeded(server: UpstreamServer, credential: Credential): void {
    credential.lastSuccessAt = this.clock();
    if (credential.scheme === 'oauth2') this.tokens.accepted(server, credential);
  }

  /**
   * Learns that the upstream answered 401 and says whether another authorization may help: where
   * `WWW-Authenticate` calls the token expired (docs/upstream.md section 3.3), or where the credentials were
   * replaced while the call was out.
   */
  afterRefusal(
    server: UpstreamServer,
    credential: Credential,
    authorization: string,
    challenge: string,
  ): AfterRefusal {
    const latest = credential.latest();
    if (this.isStale(server, latest, authorization)) return 'try-again-once';
    if (latest.scheme === 'basic') return 'final';
    const hasExpired = /expired/i.test(challenge);
    return this.tokens.refused(server, latest, authorization, hasExpired) ? 'try-again-once' : 'final';
  }

  /** A token that was refused to a key which was replaced in the meantime says nothing about its successor. */
  private withSuccessor(
    server: UpstreamServer,
    credential: Credential,
    error: unknown,
  ): string | Promise<string> {
    const successor = credential.latest();
    if (successor === credential) throw error;
    return this.authorizationFor(server, successor);
  }

  private basicAuthorization(server: UpstreamServer, credential: Credential): string {
    const day = Math.floor(this.clock() / DAY_MS);
    let known = this.basic.get(credential);
    if (known?.day !== day) {
      const pair = Buffer.from(`${credential.keyId}:${credential.secret().reveal()}`).toString('base64');
      this.basic.set(credential, (known = { authorization: `Basic ${pair}`, day }));
      this.audit.later(credentialUsed(credential, server));
    }
    return known.authorization;
  }

  /** Whether a refused authorization belongs to a key or a token that another has replaced since. */
  private isStale(server: UpstreamServer, credential: Credential, authorization: string): boolean {
    switch (credential.scheme) {
      case 'basic':
        return this.basicAuthorization(server, credential) !== authorization;
      case 'oauth2':
        return !this.tokens.isCurrent(server, credential, authorization);
    }
  }
}
