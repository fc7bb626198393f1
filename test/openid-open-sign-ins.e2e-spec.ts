import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expectProblem } from './support/forwarding.js';
import { CertifiedProvider } from './support/openid/certified-provider.js';
import { asNavigation, client, comeBack, oidcOf, personOf } from './support/openid/signing-in.js';
import { type Bff, startBff } from './support/start-bff.js';

let provider: CertifiedProvider;
let bff: Bff;
beforeAll(async () => {
  provider = await CertifiedProvider.start([client]);
  // Every connection of the tests comes from 127.0.0.1, the proxy; X-Forwarded-For says from whom.
  const environment = { BFF_TRUSTED_PROXIES: '127.0.0.0/8' };
  bff = await startBff({ environment, oidc: { console: oidcOf(provider) } });
  await bff.apply({ users: [personOf(provider, 'ada')] });
});
afterAll(async () => {
  await bff.close();
  await provider.close();
});

/** Opens a sign-in from an address; gives the way back from the provider, to be gone once. */
async function begin(address: string): Promise<() => ReturnType<typeof comeBack>> {
  const browser = bff.browser();
  const headers = { ...asNavigation, 'x-forwarded-for': address };
  const { headers: answered } = await browser.get('/session/login', undefined, headers);
  const { location = '' } = answered;
  return async () => comeBack(browser, await provider.userAgent().visit(location, 'ada'));
}

describe('sign-ins that are opened without end', () => {
  it('from one address push out the oldest of that address, and of nobody else (AUT-12)', async () => {
    const elsewhere = await begin('198.51.100.7');
    const first = await begin('203.0.113.9');
    const second = await begin('203.0.113.9');
    for (let flood = 0; flood < 199; flood += 1) await begin('203.0.113.9');
    expectProblem(await first(), 400, 'bff_invalid_input');
    expect((await second()).status).toBe(302);
    expect((await elsewhere()).status).toBe(302);
  });
});
