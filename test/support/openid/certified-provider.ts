import { once } from 'node:events';
import { createServer, request as httpRequest, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair } from 'jose';
import MemoryAdapter from 'oidc-provider/lib/adapters/memory_adapter.js';
import Provider, { type ClientMetadata, type Configuration } from 'oidc-provider';
import { UserAgent } from './user-agent.js';

/** The service as a client of the provider. */
export interface ProviderClient {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUris: readonly string[];
}

/** The authentication of a user at the provider; omitted members have the values of an ordinary sign-in. */
export interface Proof {
  readonly acr?: string;
  readonly amr?: readonly string[];
  /** Time of the authentication, seconds since the epoch. */
  readonly authTime?: number;
  /** The user cancels. */
  readonly cancel?: true;
}

/** Claims about a user apart from the subject. */
export interface Profile {
  readonly email?: string;
  readonly name?: string;
}

export const ACR_ELEVATED = 'urn:bff:acr:elevated';
const DAY_SECONDS = 24 * 60 * 60;

/**
 * The certified `oidc-provider`, on a free port of this process. Its sign-in page takes the name that is typed into it; back-channel
 * logouts are delivered to the port of {@link CertifiedProvider.deliverTo}, under the host of the client's own address.
 */
export class CertifiedProvider {
  readonly profiles = new Map<string, Profile>();
  deliverTo: number | null = null;
  /** All tokens of its token endpoint. */
  readonly issuedTokens: string[] = [];
  private provider: Provider;
  private server: Server;

  private constructor(
    readonly issuer: string,
    server: Server,
    private readonly port: number,
    private readonly clients: readonly ProviderClient[],
    configuration: Configuration,
  ) {
    this.server = server;
    this.provider = this.made(configuration);
  }

  static async start(clients: readonly ProviderClient[]): Promise<CertifiedProvider> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const issuer = `http://127.0.0.1:${port}`;
    const provider = new CertifiedProvider(issuer, server, port, clients, await keys());
    server.on('request', (request, response) => void provider.provider.callback()(request, response));
    return provider;
  }

  /** A browser at the provider, which stays signed in there. */
  userAgent(): UserAgent {
    return new UserAgent(this.issuer);
  }

  /** Replaces the signing key, and no longer publishes the previous one. */
  async rotateKeys(): Promise<void> {
    this.provider = this.made(await keys());
  }

  /** Rejects every connection until {@link back} is called. */
  async away(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  async back(): Promise<void> {
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
  }

  async close(): Promise<void> {
    if (this.server.listening) await this.away();
  }

  private made(configuration: Configuration): Provider {
    const provider = new Provider(this.issuer, { ...this.configuration(), ...configuration });
    provider.on('grant.success', ({ body }) => {
      const { access_token: access, id_token: id } = body as Readonly<Record<string, string>>;
      this.issuedTokens.push(access ?? '', id ?? '');
    });
    provider.use(async (context, next) => {
      if (!context.path.startsWith('/interaction/')) {
        await next();
        return;
      }
      if (context.method === 'GET') {
        context.type = 'html';
        context.body = SIGN_IN_PAGE;
        return;
      }
      const { acr_values: acr } = (await provider.interactionDetails(context.req, context.res)).params;
      const form = new URLSearchParams(await text(context.req));
      const given = (name: string): string | undefined => form.get(name) || undefined;
      const authTime = given('authTime');
      const result = form.has('cancel')
        ? { error: 'access_denied', error_description: 'The person changed their mind' }
        : {
            login: {
              accountId: form.get('login') ?? '',
              acr: given('acr') ?? (typeof acr === 'string' ? acr : undefined),
              amr: given('amr')?.split(' ') ?? (acr === undefined ? ['pwd'] : ['pwd', 'otp']),
              ...(authTime === undefined ? {} : { ts: Number(authTime) }),
            },
          };
      await provider.interactionFinished(context.req, context.res, result);
      context.respond = false;
    });
    return provider;
  }

  private configuration(): Configuration {
    const ttl = {
      Session: DAY_SECONDS,
      Grant: DAY_SECONDS,
      Interaction: 600,
      AccessToken: 600,
      IdToken: 600,
    };
    return {
      ttl,
      adapter: OwnMemory,
      clients: this.clients.map((client) => metadataOf(client)),
      cookies: { keys: ['of this provider'] },
      acrValues: [ACR_ELEVATED],
      claims: { openid: ['sub', 'sid', 'auth_time', 'acr', 'amr'], email: ['email'], profile: ['name'] },
      conformIdTokenClaims: false,
      pkce: { required: () => true },
      features: {
        devInteractions: { enabled: false },
        backchannelLogout: { enabled: true },
        rpInitiatedLogout: {
          enabled: true,
          logoutSource: (context, form) => {
            context.body = form;
          },
        },
      },
      interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
      findAccount: (_context, sub) => ({
        accountId: sub,
        claims: () => ({ sub, ...this.profiles.get(sub) }),
      }),
      // The sign-in includes the consent.
      loadExistingGrant: async (context) => {
        const { client, session, provider } = context.oidc;
        const grant = new provider.Grant({
          clientId: client?.clientId ?? '',
          accountId: session?.accountId ?? '',
        });
        grant.addOIDCScope('openid email profile');
        await grant.save();
        return grant;
      },
      fetch: (url, options) => this.deliver(new URL(url), options as { readonly body?: unknown }),
    };
  }

  /** Sends requests of the provider, because Node's fetch cannot set the Host header. */
  private deliver({ pathname, host }: URL, { body }: { readonly body?: unknown }): Promise<Response> {
    return new Promise((accept, reject) => {
      const headers = { host, 'content-type': 'application/x-www-form-urlencoded' };
      const outgoing = httpRequest({
        ...{ host: '127.0.0.1', port: this.deliverTo ?? 0, method: 'POST', path: pathname, headers },
        setHost: false,
      });
      outgoing.on('error', reject);
      outgoing.on('response', (incoming) => {
        incoming.resume();
        accept(new Response(null, { status: incoming.statusCode ?? 500 }));
      });
      outgoing.end(String(body));
    });
  }
}

/** A subclass, because the provider warns about its own store by name. */
class OwnMemory extends MemoryAdapter {}

const SIGN_IN_PAGE = `<!doctype html><title>Sign in</title><form method="post">
<input name="login" autofocus><button>Sign in</button></form>`;

function metadataOf({ clientId, clientSecret, redirectUris }: ProviderClient): ClientMetadata {
  const { origin } = new URL(redirectUris[0] ?? '');
  return {
    client_id: clientId,
    client_secret: clientSecret,
    redirect_uris: [...redirectUris],
    grant_types: ['authorization_code'],
    response_types: ['code'],
    backchannel_logout_uri: `${origin}/session/backchannel-logout`,
    backchannel_logout_session_required: true,
  };
}

let keysMade = 0;
async function keys(): Promise<Configuration> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  keysMade += 1;
  const key = { ...(await exportJWK(privateKey)), kid: `key-${keysMade}`, alg: 'RS256', use: 'sig' };
  return { jwks: { keys: [key] } };
}

async function text(stream: AsyncIterable<unknown>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
