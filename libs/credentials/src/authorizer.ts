import { AuditTrail } from '@bff/audit';
import { BFF_CONFIG, type BffConfig, type Clock, type UpstreamServer } from '@bff/config';
import { type CredentialScheme } from '@bff/database';
import { Problem } from '@bff/problems';
import { type Route } from '@bff/server-routing';
import { Inject, Injectable } from '@nestjs/common';
import { CredentialStore } from './credential-store.js';
import { Credential } from './credential.js';
import { credentialUsed } from './credential-used.js';
import { TokenCache } from './token-cache.js';

const DAY_MS = 24 * 60 * 60_000;

/** What an upstream's 401 means for the call that got it. */
export type AfterRefusal = 'try-again-once' | 'final';

/**
 * Hop 6: the one `Authorization` value of a call. Where the credential is missing or cannot be decrypted there is none,
 * never an anonymous call and never another's (security-bar.md CRD-10).
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
    private readonly audit: AuditTrail,
    @Inject(BFF_CONFIG) { clock }: BffConfig,
  ) {
    this.clock = clock;
  }

  /** @throws Problem, or rejects with one */
  authorizationFor(route: Route): string | Promise<string> {
    const credential = this.credentialOf(route);
    switch (credential.scheme) {
      case 'basic':
        return this.basicAuthorization(route.server, credential);
      case 'oauth2': {
        const authorization = this.tokens.authorizationFor(route.server, credential);
        return typeof authorization === 'string'
          ? authorization
          : authorization.catch((error: unknown) => this.withSuccessor(route, credential, error));
      }
    }
  }

  /** Scheme and key id that a call would use now; asks nobody. @throws Problem that the call would get */
  describe(route: Route): { readonly scheme: CredentialScheme; readonly keyId: string } {
    const credential = this.credentialOf(route);
    credential.secret();
    if (credential.scheme === 'oauth2') {
      const refusal = this.tokens.knownRefusal(route.server, credential);
      if (refusal !== undefined) throw refusal;
      if (route.server.tokenUrl === null) throw new Problem('bff_upstream_unavailable');
    }
    return { scheme: credential.scheme, keyId: credential.keyId };
  }

  /** Notes that a call succeeded, for the record of its credential. */
  succeeded({ authority }: Route): void {
    const credential = this.credentials.find(authority);
    if (credential !== undefined) credential.lastSuccessAt = this.clock();
  }

  /**
   * Learns that the upstream answered 401 and says whether another authorization may help: where `WWW-Authenticate` calls
   * the token expired (provisioning-api.md section 3.3), or where the credentials were replaced while the call was out.
   */
  afterRefusal(route: Route, authorization: string, challenge: string): AfterRefusal {
    const credential = this.credentials.find(route.authority);
    if (credential === undefined) return 'final';
    if (this.isStale(route.server, credential, authorization)) return 'try-again-once';
    if (credential.scheme === 'basic') return 'final';
    if (!/expired/i.test(challenge)) {
      this.tokens.refused(route.server, credential, authorization);
      return 'final';
    }
    this.tokens.discard(route.server, credential, authorization);
    return 'try-again-once';
  }

  /** A token that was refused to a key which has been replaced meanwhile says nothing of its successor. */
  private withSuccessor(route: Route, credential: Credential, error: unknown): string | Promise<string> {
    const successor = this.credentials.find(route.authority);
    if (successor === undefined || successor === credential) throw error;
    return this.authorizationFor(route);
  }

  private credentialOf({ authority }: Route): Credential {
    const credential = this.credentials.find(authority);
    if (credential !== undefined) return credential;
    throw new Problem('bff_upstream_unavailable', { detail: 'No credentials are stored for this call.' });
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
