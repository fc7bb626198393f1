import { type CredentialScheme } from '@bff/database';
import { Problem } from '@bff/problems';
import { type Route } from '@bff/server-routing';
import { Injectable } from '@nestjs/common';
import { CredentialStore } from './credential-store.js';
import { Credential } from './credential.js';
import { TokenCache } from './token-cache.js';

/** What an upstream's 401 means for the call that got it. */
export type AfterRefusal = 'try-again-once' | 'final';

/**
 * Hop 6: the one `Authorization` value of a call. Where the credential is missing or cannot be decrypted there is none,
 * never an anonymous call and never another's (security-bar.md CRD-10).
 */
@Injectable()
export class Authorizer {
  private readonly basic = new WeakMap<Credential, string>();

  constructor(
    private readonly credentials: CredentialStore,
    private readonly tokens: TokenCache,
  ) {}

  /** @throws Problem, or rejects with one */
  authorizationFor(route: Route): string | Promise<string> {
    const credential = this.credentialOf(route);
    switch (credential.scheme) {
      case 'basic':
        return this.basicAuthorization(credential);
      case 'oauth2':
        return this.tokens.authorizationFor(route.server, credential);
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

  /**
   * Learns that the upstream answered 401 and says whether a fresh token may help: only where `WWW-Authenticate` calls
   * the token expired (provisioning-api.md section 3.3).
   */
  afterRefusal(route: Route, authorization: string, challenge: string): AfterRefusal {
    const credential = this.credentials.find(route.authority);
    if (credential?.scheme !== 'oauth2') return 'final';
    if (!/expired/i.test(challenge)) {
      this.tokens.refused(route.server, credential, authorization);
      return 'final';
    }
    this.tokens.discard(route.server, credential, authorization);
    return 'try-again-once';
  }

  private credentialOf({ authority }: Route): Credential {
    const credential = this.credentials.find(authority);
    if (credential !== undefined) return credential;
    throw new Problem('bff_upstream_unavailable', { detail: 'No credentials are stored for this call.' });
  }

  private basicAuthorization(credential: Credential): string {
    let authorization = this.basic.get(credential);
    if (authorization === undefined) {
      const pair = Buffer.from(`${credential.keyId}:${credential.secret().reveal()}`).toString('base64');
      this.basic.set(credential, (authorization = `Basic ${pair}`));
    }
    return authorization;
  }
}
