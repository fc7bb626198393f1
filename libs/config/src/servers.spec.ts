import { expect, it } from '@jest/globals';
import { problemsOf, PRODUCTION } from './bff-config.fixture.js';
import { loadConfig } from './bff-config.js';
import { type EnvironmentVariables } from './environment-reader.js';

it('profile development accepts http for upstream and token URLs', () => {
  const { servers } = loadConfig({
    SINCH_STAGING_URL: 'http://127.0.0.1:4010/staging',
    SINCH_STAGING_TOKEN_URL: 'http://127.0.0.1:4010/staging/oauth2/token',
  });
  expect(servers.public.staging.url?.href).toBe('http://127.0.0.1:4010/staging');
});

it('profile production calls the six documented hosts and the one documented token URL by default', () => {
  const { servers } = loadConfig(PRODUCTION);
  expect(Object.values(servers.public).map(({ url }) => url?.href)).toEqual([
    'https://provisioning.api.sinch.com/',
    'https://provisioning-api.int.staging.sinch.com/',
    'https://provisioning-api-dev.int.staging.sinch.com/',
  ]);
  expect(Object.values(servers.admin).map(({ url }) => url?.href)).toEqual([
    'https://provisioning-api.unauth.int.prod.sinch.com/',
    'https://provisioning-api.unauth.int.staging.sinch.com/',
    'https://provisioning-api-dev.unauth.int.staging.sinch.com/',
  ]);
  const tokenUrls = [...Object.values(servers.public), ...Object.values(servers.admin)].map(
    ({ tokenUrl }) => tokenUrl?.href,
  );
  expect(tokenUrls).toEqual([
    'https://auth.sinch.com/oauth2/token',
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

it.each<[what: string, variables: EnvironmentVariables, problem: string]>([
  [
    'a plain upstream in production',
    { ...PRODUCTION, SINCH_STAGING_URL: 'http://staging.example.com' },
    'SINCH_STAGING_URL: must be https in profile production',
  ],
  [
    'credentials in a URL',
    { SINCH_STAGING_URL: 'https://a:b@staging.example.com' },
    'SINCH_STAGING_URL: must have neither credentials, query nor fragment',
  ],
  [
    'another scheme',
    { SINCH_STAGING_URL: 'ftp://staging.example.com' },
    'SINCH_STAGING_URL: must be an absolute http address',
  ],
])('%s is rejected (RES-18)', (_, variables, problem) => {
  expect(problemsOf(variables)).toEqual([problem]);
});
