import { type Browser } from '../browser.js';
import { type Bff, startBff } from '../start-bff.js';
import { CertifiedProvider } from './certified-provider.js';
import { client, oidcOf, personOf } from './signing-in.js';

/**
 * Starts a service with a certified provider on three frontends. Its users `ada` and `tabs` are editors of acme,
 * `boss` is an admin and `gone` is disabled.
 */
export async function startWithProvider(): Promise<{
  readonly provider: CertifiedProvider;
  readonly bff: Bff;
}> {
  const provider = await CertifiedProvider.start([client]);
  const oidc = oidcOf(provider);
  const bff = await startBff({
    oidc: { console: oidc, partners: { ...oidc, unknownSubjects: 'create' }, admin: oidc },
  });
  const memberships = [{ tenant: 'acme', role: 'editor' }];
  await bff.apply({
    users: [
      personOf(provider, 'ada', { memberships }),
      personOf(provider, 'tabs', { memberships }),
      personOf(provider, 'boss', { memberships, role: 'admin' }),
      personOf(provider, 'gone', { memberships }),
    ],
  });
  await bff.disable('gone@acme.example');
  return { provider, bff };
}

export interface SessionDocument {
  readonly id: string;
  readonly user: {
    readonly id: string;
    readonly email: string;
    readonly name: string;
    readonly role: string;
  };
  readonly tenants: readonly unknown[];
}

export async function documentOf(browser: Browser): Promise<SessionDocument> {
  return (await browser.get('/session')).json as SessionDocument;
}
