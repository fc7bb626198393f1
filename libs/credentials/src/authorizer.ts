import { AuditLog } from '@bff/audit';
import { BFF_CONFIG, type BffConfig, type Clock, type UpstreamServer } from '@bff/config';
import { type CredentialScheme } from '@bff/database';
import { Problem } from '@bff/problems';
import { type Route } from '@bff/server-routing';
import { Inject, Injectable } from '@nestjs/common';
import { CredentialStore } from './credential-store.js';
import { type Credential, NO_CREDENTIALS } from './credential.js';
import { credentialUsed } from './credential-used.js';
import { TokenCache } from './token-cache.js';

const DAY_MS = 24 * 60 * 60_000;

/** Whether a call that got a 401 of the upstream is sent again. */
export type AfterRefusal = 'try-again-once' | 'final';

/**
 * Hop 6: returns the `Authorization` value of a call. If the credential is missing or cannot be decrypted,
 * the call fails; it is never sent without credentials or with those of another owner
 * (docs/security-requirements.md CRD-10).
 */
@Injectable()
export class Authorizer {
  /**
   * `Authorization` values of HTTP Basic, with the day (since the epoch, UTC) on which their use was last
   * audited.
   */
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
   * Returns the current credentials of a route. A call gets them once, on admission, and keeps them until it
   * ends.
   * @throws Problem `bff_upstream_unavailable` if none are stored
   */
  credentialFor({ authority }: Pick<Route, 'authority'>): Credential {
    const credential = this.credentials.find(authority);
    if (credential !== undefined) return credential;
    throw new Problem('bff_upstream_unavailable', { detail: NO_CREDENTIALS });
  }

  /** Returns the value at once if it is in memory, else a promise. @throws Problem, or rejects with one */
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

  /**
   * Returns scheme and key id that a call would use now, without a request.
   * @throws Problem that the call would fail with
   */
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

  /** Records the success of a call for its credential. */
  succeeded(server: UpstreamServer, credential: Credential): void {
    credential.lastSuccessAt = this.clock();
    if (credential.scheme === 'oauth2') this.tokens.accepted(server, credential);
  }

  /**
   * Handles a 401 of the upstream. Another authorization may help if `WWW-Authenticate` says that the token
   * expired (docs/upstream.md section 3.3), or if the credentials were replaced while the call was in flight.
   * @param challenge the value of `WWW-Authenticate`; empty if absent
   */
  afterRefusal(
    server: UpstreamServer,
    credential: Credential,
    authorization: string,
    challenge: string,
  ): AfterRefusal {
    const latest = credential.latest();
    if (latest.scheme === 'basic') {
      return this.basicAuthorization(server, latest) === authorization ? 'final' : 'try-again-once';
    }
    const hasExpired = /expired/i.test(challenge);
    return this.tokens.refused(server, latest, authorization, hasExpired) ? 'try-again-once' : 'final';
  }

  /**
   * A failed token request of a replaced key is repeated with its successor.
   * @throws the given error if the key was not replaced
   */
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
}
