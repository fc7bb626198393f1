import { type OidcSettings } from '@bff/config';
import { type ClientAuth, ClientSecretPost } from 'openid-client';

/**
 * Authenticates the client at the token endpoint: by the configured method; otherwise in the header if the
 * provider's metadata lists that or no method (OpenID Connect Discovery 1.0 section 3); otherwise in the
 * body.
 */
export function clientAuthentication({
  clientSecret,
  tokenEndpointAuthMethod,
}: Pick<OidcSettings, 'clientSecret' | 'tokenEndpointAuthMethod'>): ClientAuth {
  const secret = clientSecret.reveal();
  const post = ClientSecretPost(secret);
  return (server, client, body, headers) => {
    const listed = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    const preferred = listed.includes('client_secret_basic') ? 'client_secret_basic' : 'client_secret_post';
    if ((tokenEndpointAuthMethod ?? preferred) === 'client_secret_post') {
      return post(server, client, body, headers);
    }
    const credentials = `${formEncoded(client.client_id)}:${formEncoded(secret)}`;
    headers.set('authorization', `Basic ${Buffer.from(credentials).toString('base64')}`);
  };
}

/**
 * Encodes as `application/x-www-form-urlencoded` (RFC 6749 section 2.3.1), except the unreserved characters
 * `-`, `.`, `_` and `~`: openid-client encodes these as well, but some providers do not decode the header.
 */
export function formEncoded(text: string): string {
  return encodeURIComponent(text).replace(/%20|[!'()*]/g, (found) =>
    found === '%20' ? '+' : `%${found.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
