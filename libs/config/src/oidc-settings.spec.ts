import { describe, expect, it } from '@jest/globals';
import { EnvironmentReader } from './environment-reader.js';
import { type OidcSettings, readFrontendProvider } from './oidc-settings.js';

const provider = { issuer: 'https://id.example.com', clientId: 'bff', clientSecret: 'secret' };

function read(more: object, plainHttp = false): { oidc: OidcSettings | null; problems: readonly string[] } {
  const problems: string[] = [];
  const reader = new EnvironmentReader({ METHOD: 'client_secret_post' });
  const oidc = readFrontendProvider(
    reader,
    { ...provider, ...more },
    (text) => problems.push(text),
    plainHttp,
  );
  return { oidc, problems };
}

describe('the settings of an identity provider', () => {
  it('has the defaults of docs/contract.md section 8', () => {
    expect(read({})).toMatchObject({
      problems: [],
      oidc: {
        acrElevated: 'urn:bff:acr:elevated',
        amrElevated: null,
        unknownSubjects: 'refuse',
        tokenEndpointAuthMethod: null,
        postLogoutRedirectUri: null,
        acceptUntypedLogoutTokens: false,
      },
    });
  });

  it('accepts every optional field', () => {
    const optional = {
      acrElevated: 'gold',
      amrElevated: ['otp', 'hwk'],
      unknownSubjects: 'create',
      tokenEndpointAuthMethod: 'client_secret_post',
      postLogoutRedirectUri: 'https://console.example.com/signed-out?from=bff',
      acceptUntypedLogoutTokens: true,
    };
    expect(read(optional)).toMatchObject({ problems: [], oidc: optional });
  });

  it('replaces variables of the environment', () => {
    expect(read({ tokenEndpointAuthMethod: '${METHOD}' }).oidc?.tokenEndpointAuthMethod).toBe(
      'client_secret_post',
    );
  });

  it.each<[fields: object, problem: string]>([
    [{ clientId: '' }, '.oidc.clientId: must be set'],
    [{ clientSecret: undefined }, '.oidc.clientSecret: must be set'],
    [{ clientId: 7 }, '.oidc.clientId: must be a string'],
    [{ acrElevated: '' }, '.oidc.acrElevated: must be 1 to 255 characters without spaces'],
    [{ acrElevated: 'gold silver' }, '.oidc.acrElevated: must be 1 to 255 characters without spaces'],
    ...['otp', [], [''], ['otp pwd'], [7]].map((amrElevated): [object, string] => [
      { amrElevated },
      '.oidc.amrElevated: must be a list of at least one authentication method without spaces',
    ]),
    [
      { tokenEndpointAuthMethod: 'private_key_jwt' },
      '.oidc.tokenEndpointAuthMethod: must be one of client_secret_basic, client_secret_post',
    ],
    ...[
      '/signed-out',
      'ftp://a.example.com',
      'https://a.example.com/#x',
      'https://me:secret@a.example.com',
    ].map((postLogoutRedirectUri): [object, string] => [
      { postLogoutRedirectUri },
      '.oidc.postLogoutRedirectUri: must be an absolute http address without fragment and credentials',
    ]),
    [
      { postLogoutRedirectUri: 'http://a.example.com/' },
      '.oidc.postLogoutRedirectUri: must be https in profile production',
    ],
    [{ acceptUntypedLogoutTokens: 'true' }, '.oidc.acceptUntypedLogoutTokens: must be true or false'],
    [{ unknownSubjects: 'welcome' }, '.oidc.unknownSubjects: must be one of refuse, create'],
  ])('rejects %j', (fields, problem) => {
    expect(read(fields).problems).toEqual([problem]);
  });

  it('accepts plain HTTP addresses in profile development', () => {
    const fields = { issuer: 'http://127.0.0.1:4011', postLogoutRedirectUri: 'http://localhost:5173/' };
    expect(read(fields, true).problems).toEqual([]);
  });
});
