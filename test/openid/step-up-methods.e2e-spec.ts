import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { type Browser } from '../support/browser.js';
import { REASON } from '../support/elevating.js';
import { expectProblem } from '../support/forwarding.js';
import { ACR_ELEVATED } from '../support/openid/certified-provider.js';
import { HostileProvider } from '../support/openid/hostile-provider.js';
import { beginLogin, followCallback, oidcOf, personOf } from '../support/openid/signing-in.js';
import { type Bff, startBff } from '../support/start-bff.js';

const account = { isEmbeddedSignup: false, businessManager: 'SINCH_UK', compatibleRegions: ['EU'] };

let provider: HostileProvider;
let bff: Bff;
beforeAll(async () => {
  provider = await HostileProvider.start();
  bff = await startBff({ oidc: { admin: oidcOf(provider, { amrElevated: ['otp', 'hwk'] }) } });
  await bff.apply({ users: [personOf(provider, 'subject', { role: 'admin' })] });
});
// The providers of the tests issue tokens by the real clock.
beforeEach(() => bff.stepWallClock(Date.now() - bff.now()));
afterAll(async () => {
  await bff.close();
  await provider.close();
});

/** A step-up with a valid class and time. */
async function stepUp(amr: unknown): Promise<{ readonly browser: Browser; readonly status: number }> {
  const browser = bff.browser('admin');
  provider.misdeed = {};
  await followCallback(browser, provider.authorize(await beginLogin(browser)));
  const asked = await browser.post('/session/elevation', { reason: REASON, tenantId: 'summit' });
  const { authorizationUrl } = asked.json as { readonly authorizationUrl: string };
  expect(new URL(authorizationUrl).searchParams.get('acr_values')).toBe(ACR_ELEVATED);
  provider.misdeed = { claims: { acr: ACR_ELEVATED, amr } };
  const answer = await followCallback(browser, provider.authorize(authorizationUrl));
  if (answer.status !== 302) expectProblem(answer, 403, 'bff_elevation_refused');
  return { browser, status: answer.status };
}

it.each([[['pwd', 'otp']], [['hwk']]])(
  'a step-up with %j has one of the configured methods and elevates (ELV-02)',
  async (amr) => {
    const { browser, status } = await stepUp(amr);
    expect(status).toBe(302);
    bff.sinch['admin-production'].answer({ body: account });
    expect((await browser.get('/v1/tenants/summit/whatsapp')).status).toBe(200);
    expect(bff.sinch.allBut('admin-production').requests).toEqual([]);
    bff.sinch.reset();
  },
);

it.each([undefined, [], ['pwd'], ['mfa'], 'otp', [['otp']], { otp: true }, ['OTP']].map((amr) => [amr]))(
  'a step-up with %j has none of the configured methods and does not elevate',
  async (amr) => {
    const { browser, status } = await stepUp(amr);
    expect(status).toBe(403);
    expectProblem(await browser.get('/v1/tenants/summit/whatsapp'), 403, 'bff_elevation_required');
    expect(bff.sinch.all.requests).toEqual([]);
  },
);
