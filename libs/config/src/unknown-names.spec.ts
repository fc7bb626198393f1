import { describe, expect, it } from '@jest/globals';
import { ConfigurationError, loadConfig } from './index.js';

const production = {
  BFF_PROFILE: 'production',
  BFF_FRONTENDS: '[{"name":"web","class":"internal","origin":"https://web.example.com"}]',
  DATABASE_URL: 'postgres://bff@db/bff',
  BFF_ENCRYPTION_KEYS: `k1:${Buffer.from(Array.from({ length: 32 }, (_, index) => index * 7)).toString('base64')}`,
};

function problemsOf(variables: Record<string, string>): readonly string[] {
  try {
    loadConfig(variables);
    return [];
  } catch (error) {
    return (error as ConfigurationError).problems;
  }
}

describe('an environment variable that nothing reads', () => {
  it.each([
    ['BFF_TRUSTED_PROXY', 'BFF_TRUSTED_PROXIES'],
    ['BFF_ENCRYPTION_KEY_FILE', 'BFF_ENCRYPTION_KEYS'],
    ['SINCH_STAGING_TOKENURL', 'SINCH_STAGING_TOKEN_URL'],
    ['OIDC_ISUER', 'OIDC_ISSUER'],
    ['REDIS_URI', 'REDIS_URL'],
  ])('is a problem in production, with the nearest name: %s', (name, nearest) => {
    const problem = `${name}: is not a known name; the nearest is ${nearest}`;
    expect(problemsOf({ ...production, [name]: '10.0.0.0/8' })).toEqual([problem]);
    expect(loadConfig({ [name]: '10.0.0.0/8' }).warnings).toEqual([problem]);
  });

  it('is not reported when it is empty, known, filled into a provider, or of another program', () => {
    const frontend = { name: 'web', class: 'internal', origin: 'https://web.example.com' };
    const oidc = { issuer: 'https://id.example.com', clientId: 'bff', clientSecret: '${OIDC_WEB_SECRET}' };
    const variables = {
      ...production,
      BFF_FRONTENDS: JSON.stringify([{ ...frontend, oidc }]),
      ...{ OIDC_WEB_SECRET: 'secret', BFF_TRUSTED_PROXY: '', PATH: '/bin', REDISCLI_AUTH: 'x' },
    };
    expect(loadConfig(variables).warnings).toEqual([]);
  });

  it('is a warning when a later version reads it', () => {
    expect(loadConfig({ ...production, BFF_NODES: '3' }).warnings).toEqual([
      'BFF_NODES: has no effect in this version',
    ]);
  });
});
