import { BFF_CONFIG, type BffConfig, type OidcSettings } from '@bff/config';
import { type Frontend } from '@bff/frontends';
import { Problem } from '@bff/problems';
import { Inject, Injectable } from '@nestjs/common';
import { OpenIdProvider } from './open-id-provider.js';

/** Holds one client for each configured provider, which frontends may share. */
@Injectable()
export class OpenIdProviders {
  private readonly known = new Map<OidcSettings, OpenIdProvider>();

  constructor(@Inject(BFF_CONFIG) private readonly config: BffConfig) {}

  /** @throws Problem `bff_route_not_found` if the frontend has no provider */
  of({ oidc }: Pick<Frontend, 'oidc'>): OpenIdProvider {
    if (oidc === null) throw new Problem('bff_route_not_found');
    let provider = this.known.get(oidc);
    if (provider === undefined) {
      // Plain HTTP is allowed only in profile development (docs/contract.md section 2).
      provider = new OpenIdProvider(oidc, this.config.profile === 'development', this.config.monotonic);
      this.known.set(oidc, provider);
    }
    return provider;
  }
}
