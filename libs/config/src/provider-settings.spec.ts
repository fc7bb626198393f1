import { describe, expect, it } from '@jest/globals';
import { problemsOf } from './bff-config.fixture.js';
import { loadConfig } from './bff-config.js';
import { type EnvironmentVariables } from './environment-reader.js';

const provider = { issuer: 'https://id.example.com', clientId: 'bff', clientSecret: 'secret' };

describe('the provider of a frontend', () => {
  const origin = 'https://a.example.com';
  const frontend = (oidc?: object) =>
    JSON.stringify([{ name: 'a', class: 'admin', origin, ...(oidc && { oidc }) }]);
  const common = {
    OIDC_ISSUER: 'https://common.example.com',
    OIDC_CLIENT_ID: 'common',
    OIDC_CLIENT_SECRET: 'common secret',
    OIDC_ACR_ELEVATED: 'gold',
  };
  const oidcOf = (variables: Record<string, string>) => loadConfig(variables).frontends[0]?.oidc;

  it('is its own, filled in from the environment', () => {
    const variables = {
      ...common,
      BFF_FRONTENDS: frontend({ ...provider, clientSecret: 'x-${THE_SECRET}', unknownSubjects: 'create' }),
      THE_SECRET: 'canary',
    };
    const oidc = oidcOf(variables);
    expect(oidc).toMatchObject({
      issuer: 'https://id.example.com',
      acrElevated: 'urn:bff:acr:elevated',
      unknownSubjects: 'create',
    });
    expect(oidc?.clientSecret.reveal()).toBe('x-canary');
  });

  it('is the common one if it has none', () => {
    expect(oidcOf({ ...common, BFF_FRONTENDS: frontend() })).toMatchObject({
      ...{ issuer: 'https://common.example.com', clientId: 'common', acrElevated: 'gold' },
      unknownSubjects: 'refuse',
    });
  });

  it('is absent if neither is configured', () => {
    expect(oidcOf({ BFF_FRONTENDS: frontend() })).toBeNull();
  });

  it('must be https in profile production', () => {
    const variables = { BFF_PROFILE: 'production', ...common, OIDC_ISSUER: 'http://common.example.com' };
    expect(problemsOf(variables)).toContain('OIDC_ISSUER: must be https in profile production');
  });
});

it.each<[what: string, variables: EnvironmentVariables, problem: string]>([
  [
    'a provider without a client secret',
    { OIDC_ISSUER: 'https://id.example.com', OIDC_CLIENT_ID: 'bff' },
    'OIDC_CLIENT_SECRET: must be set',
  ],
  [
    'a provider that is no address',
    { OIDC_ISSUER: 'id.example.com', OIDC_CLIENT_ID: 'bff', OIDC_CLIENT_SECRET: 'secret' },
    'OIDC_ISSUER: must be an absolute http address without query and fragment',
  ],
  [
    'an unknown policy for unknown subjects',
    {
      ...{ OIDC_ISSUER: 'https://id.example.com', OIDC_CLIENT_ID: 'bff', OIDC_CLIENT_SECRET: 'secret' },
      OIDC_UNKNOWN_SUBJECTS: 'welcome',
    },
    'OIDC_UNKNOWN_SUBJECTS: must be one of refuse, create',
  ],
])('%s is rejected (RES-18)', (_, variables, problem) => {
  expect(problemsOf(variables)).toEqual([problem]);
});

it.each<[what: string, frontends: unknown, problem: string]>([
  [
    'a provider that is no object',
    [{ name: 'a', class: 'admin', origin: 'https://a.example.com', oidc: 'https://id.example.com' }],
    'BFF_FRONTENDS[0].oidc: must be an object',
  ],
  [
    'a provider with an unknown member',
    [{ name: 'a', class: 'admin', origin: 'https://a.example.com', oidc: { ...provider, colour: 'red' } }],
    'BFF_FRONTENDS[0].oidc.colour: is not a known member',
  ],
  [
    'a provider whose secret stands in a variable that is not set',
    [
      {
        ...{ name: 'a', class: 'admin', origin: 'https://a.example.com' },
        oidc: { ...provider, clientSecret: '${NOWHERE}' },
      },
    ],
    'BFF_FRONTENDS[0].oidc.clientSecret: the variable NOWHERE is not set',
  ],
])('a frontend with %s is rejected (RES-18)', (_, frontends, problem) => {
  expect(problemsOf({ BFF_FRONTENDS: JSON.stringify(frontends) })).toEqual([problem]);
});
