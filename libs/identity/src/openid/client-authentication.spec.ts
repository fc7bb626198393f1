import { describe, expect, it } from '@jest/globals';
import { Secret, type TokenEndpointAuthMethod } from '@bff/config';
import { clientAuthentication, formEncoded } from './client-authentication.js';

const CLIENT_ID = 'bff-client_1.0~x';
const SECRET = 'a-b_c.d~e f+g%h:i/ü';

/** Returns the client authentication of a token request to a provider with this metadata. */
function sent(methods: string[] | undefined, configured: TokenEndpointAuthMethod | null): object {
  const [body, headers] = [new URLSearchParams(), new Headers()];
  const server = { issuer: 'https://id.example.com', token_endpoint_auth_methods_supported: methods };
  const authenticate = clientAuthentication({
    clientSecret: new Secret(SECRET),
    tokenEndpointAuthMethod: configured,
  });
  void authenticate(server as never, { client_id: CLIENT_ID }, body, headers);
  const [scheme = '', credentials = ''] = (headers.get('authorization') ?? '').split(' ');
  return { scheme, header: Buffer.from(credentials, 'base64').toString(), body: Object.fromEntries(body) };
}

const basic = {
  scheme: 'Basic',
  header: `${CLIENT_ID}:a-b_c.d~e+f%2Bg%25h%3Ai%2F%C3%BC`,
  body: {},
};
const post = { scheme: '', header: '', body: { client_id: CLIENT_ID, client_secret: SECRET } };

describe('client authentication at a token endpoint', () => {
  it.each<[methods: string[] | undefined, configured: TokenEndpointAuthMethod | null, expected: object]>([
    [undefined, null, basic],
    [['client_secret_basic', 'client_secret_post'], null, basic],
    [['client_secret_post', 'private_key_jwt'], null, post],
    [['client_secret_basic'], 'client_secret_post', post],
    [['client_secret_post'], 'client_secret_basic', basic],
  ])(
    'uses the expected method if the metadata lists %j and %s is configured',
    (methods, configured, expected) => {
      expect(sent(methods, configured)).toEqual(expected);
    },
  );

  it('does not encode unreserved characters and encodes all others (RFC 6749 section 2.3.1)', () => {
    expect(formEncoded("azAZ09-._~ !'()*")).toBe('azAZ09-._~+%21%27%28%29%2A');
  });
});
