import { describe, expect, it } from '@jest/globals';
import { problemsOf, PRODUCTION } from './bff-config.fixture.js';
import { loadConfig } from './bff-config.js';

describe('an environment variable that nothing reads', () => {
  it.each([
    ['BFF_TRUSTED_PROXY', 'BFF_TRUSTED_PROXIES'],
    ['BFF_ENCRYPTION_KEY_FILE', 'BFF_ENCRYPTION_KEYS_FILE'],
    ['SINCH_STAGING_TOKENURL', 'SINCH_STAGING_TOKEN_URL'],
    ['OIDC_ISUER', 'OIDC_ISSUER'],
    ['REDIS_URI', 'REDIS_URL'],
  ])('is a problem in production, with the nearest name: %s', (name, nearest) => {
    const problem = `${name}: is not a known name; the nearest is ${nearest}`;
    expect(problemsOf({ ...PRODUCTION, [name]: '10.0.0.0/8' })).toEqual([problem]);
    expect(loadConfig({ [name]: '10.0.0.0/8' }).warnings).toEqual([problem]);
  });

  it('is not reported when it is empty, known, used by a provider, or of another program', () => {
    const frontend = { name: 'web', class: 'internal', origin: 'https://web.example.com' };
    const oidc = { issuer: 'https://id.example.com', clientId: 'bff', clientSecret: '${OIDC_WEB_SECRET}' };
    const variables = {
      ...PRODUCTION,
      BFF_FRONTENDS: JSON.stringify([{ ...frontend, oidc }]),
      ...{ OIDC_WEB_SECRET: 'secret', BFF_TRUSTED_PROXY: '', PATH: '/bin', REDISCLI_AUTH: 'x' },
    };
    expect(loadConfig(variables).warnings).toEqual([]);
  });

  it('is a warning when a later version reads it', () => {
    expect(loadConfig({ ...PRODUCTION, BFF_EVENTS_KEPT: '3' }).warnings).toEqual([
      'BFF_EVENTS_KEPT: has no effect in this version',
    ]);
  });
});
