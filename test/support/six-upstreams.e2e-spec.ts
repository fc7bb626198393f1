import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { serverNames, startSixUpstreams } from './six-upstreams.js';
import type { SixUpstreams } from './six-upstreams.js';

describe('the six upstreams', () => {
  let sinch: SixUpstreams;

  beforeAll(async () => {
    sinch = await startSixUpstreams();
  });
  afterEach(() => sinch.reset());
  afterAll(() => sinch.close());

  it('report which of them received a request', async () => {
    await fetch(`${sinch['staging-dev'].url}/x`);
    expect(sinch['staging-dev'].lastRequest.url).toBe('/x');
    expect(sinch.allBut('staging-dev').requests).toEqual([]);
    expect(sinch.allBut('staging').requests).toHaveLength(1);
    expect(sinch.all.requests).toHaveLength(1);
    sinch.reset();
    expect(sinch.all.requests).toEqual([]);
  });

  it('have twelve different addresses in the environment', () => {
    const environment = sinch.environment();
    expect(new Set(Object.values(environment)).size).toBe(2 * serverNames.length);
    expect(environment['SINCH_ADMIN_STAGING_DEV_URL']).toBe(sinch['admin-staging-dev'].url);
    expect(environment['SINCH_PRODUCTION_TOKEN_URL']).toBe(`${sinch.tokens.production.url}/oauth2/token`);
  });

  it('issue a new token for each valid request', async () => {
    const ask = async (grant_type: string, headers: Record<string, string>): Promise<unknown> => {
      const body = new URLSearchParams({ grant_type });
      const answer = await fetch(sinch.tokens.staging.tokenUrl, { method: 'POST', body, headers });
      return answer.json();
    };
    const basic = { authorization: `Basic ${Buffer.from('key-1:secret').toString('base64')}` };
    const issued = { token_type: 'bearer', expires_in: 3600, scope: '' };
    const first = await ask('client_credentials', basic);
    expect(first).toEqual({ access_token: 'token-staging-key-1-1', ...issued });
    const second = await ask('client_credentials', basic);
    expect(second).toEqual({ access_token: 'token-staging-key-1-2', ...issued });
    expect(await ask('password', basic)).toEqual({ error: 'unsupported_grant_type' });
    expect(await ask('client_credentials', {})).toEqual({ error: 'invalid_client' });
  });
});
