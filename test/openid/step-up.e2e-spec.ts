import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Answer, type Browser } from '../support/browser.js';
import { REASON } from '../support/elevating.js';
import { expectProblem } from '../support/forwarding.js';
import { ACR_ELEVATED, CertifiedProvider } from '../support/openid/certified-provider.js';
import { HostileProvider } from '../support/openid/hostile-provider.js';
import {
  beginLogin,
  client,
  followCallback,
  oidcOf,
  personOf,
  signInAt,
} from '../support/openid/signing-in.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

const account = { isEmbeddedSignup: false, businessManager: 'SINCH_UK', compatibleRegions: ['EU'] };

let provider: CertifiedProvider;
let hostile: HostileProvider;
let bff: Bff;
beforeAll(async () => {
  provider = await CertifiedProvider.start([client]);
  hostile = await HostileProvider.start();
  const of = (at: { readonly issuer: string }): object => oidcOf(at, { acrElevated: ACR_ELEVATED });
  // The frontend narrow is a second admin frontend here, at the hostile provider.
  bff = await startBff({
    environment: {
      BFF_FRONTENDS: JSON.stringify([
        { name: 'admin', class: 'admin', origin: 'https://admin.bff.test', oidc: of(provider) },
        { name: 'narrow', class: 'admin', origin: 'http://narrow.bff.test:8080', oidc: of(hostile) },
      ]),
    },
  });
  const admin = { role: 'admin' };
  await bff.apply({
    users: [
      ...[personOf(provider, 'ada', admin), personOf(provider, 'bob', admin)],
      personOf(hostile, 'subject', admin),
    ],
  });
});
// The providers of the tests issue tokens by the real clock.
beforeEach(() => bff.stepWallClock(Date.now() - bff.now()));
afterAll(async () => {
  await bff.close();
  await provider.close();
  await hostile.close();
});
afterEach(() => {
  hostile.misdeed = {};
});

const ask = (browser: Browser, more: object = {}): Promise<Answer> =>
  browser.post('/session/elevation', { reason: REASON, tenantId: 'summit', ...more });

async function authorizationUrl(browser: Browser, more?: object): Promise<string> {
  const answer = await ask(browser, more);
  expect(answer.status).toBe(202);
  return (answer.json as { readonly authorizationUrl: string }).authorizationUrl;
}

const elevationOf = async (browser: Browser): Promise<unknown> =>
  ((await browser.get('/session')).json as { readonly elevation: unknown }).elevation;

const sessionOf = ({ cookies }: Browser): string => cookies.get('__Host-bff-session') ?? '';

describe('a step-up at the provider', () => {
  it('requests the class and a fresh sign-in, and elevates the session under a new cookie', async () => {
    const browser = bff.browser('admin');
    const agent = provider.userAgent();
    await signInAt(provider, browser, 'ada', { agent });
    const before = sessionOf(browser);
    const address = await authorizationUrl(browser, { returnTo: '/tenants/summit' });
    const { acr_values, max_age } = Object.fromEntries(new URL(address).searchParams);
    expect({ acr_values, max_age }).toEqual({ acr_values: ACR_ELEVATED, max_age: '0' });
    const answer = await followCallback(browser, await agent.visit(address, 'ada'));
    expect(answer.status).toBe(302);
    expect(answer.headers.location).toBe('/tenants/summit');
    expect(sessionOf(browser)).not.toBe(before);
    expect(await elevationOf(browser)).toMatchObject({ tenantId: 'summit', reason: REASON });
    bff.sinch['admin-production'].answer({ body: account });
    expect((await browser.get('/v1/tenants/summit/whatsapp')).status).toBe(200);
    expect(bff.sinch.allBut('admin-production').requests).toEqual([]);
  });

  it.each<[what: string, body: object]>([
    ['a code', { code: '123456' }],
    ['another host to return to', { returnTo: 'https://elsewhere.test' }],
    ['a reason that is too short', { reason: 'why' }],
  ])('with %s is rejected with 400', async (_, body) => {
    const browser = bff.browser('admin');
    await signInAt(provider, browser, 'ada');
    expectProblem(await ask(browser, body), 400, 'bff_invalid_input');
  });

  it('for an unknown tenant is rejected with 404', async () => {
    const browser = bff.browser('admin');
    await signInAt(provider, browser, 'ada');
    expectProblem(await ask(browser, { tenantId: 'nobody' }), 404, 'bff_tenant_not_found');
  });

  it('does not elevate for a tenant that was created again under the id of a removed one (ELV-03)', async () => {
    const { acme } = the;
    const reused = { ...acme, id: 'reused', projectId: 'p-first', plane: 'admin', credentials: undefined };
    await bff.apply({ tenants: [reused] });
    const browser = bff.browser('admin');
    await signInAt(provider, browser, 'ada');
    const callback = await provider
      .userAgent()
      .visit(await authorizationUrl(browser, { tenantId: 'reused' }), 'ada');
    await bff.operate('tenants.remove', { id: 'reused' });
    await bff.apply({ tenants: [{ ...reused, projectId: 'p-second' }] });
    expectProblem(await followCallback(browser, callback), 404, 'bff_tenant_not_found');
    expect(await elevationOf(browser)).toBeNull();
  });

  it('does not elevate a user who lost the role of admin before the callback', async () => {
    const eve = personOf(provider, 'eve', { role: 'admin' }) as { readonly email: string };
    await bff.apply({ users: [eve] });
    const browser = bff.browser('admin');
    await signInAt(provider, browser, 'eve');
    const before = sessionOf(browser);
    const callback = await provider.userAgent().visit(await authorizationUrl(browser), 'eve');
    await bff.apply({ users: [{ email: eve.email, role: 'user' }] });
    expectProblem(await followCallback(browser, callback), 403, 'bff_role_required');
    expect(sessionOf(browser)).toBe(before);
  });

  it('completed by another user does not elevate', async () => {
    const browser = bff.browser('admin');
    await signInAt(provider, browser, 'ada');
    const callback = await provider.userAgent().visit(await authorizationUrl(browser), 'bob');
    expectProblem(await followCallback(browser, callback), 403, 'bff_elevation_refused');
    expect(await elevationOf(browser)).toBeNull();
  });

  it('is rejected with 401 if the session ended before the callback', async () => {
    const browser = bff.browser('admin');
    await signInAt(provider, browser, 'ada');
    const callback = await provider.userAgent().visit(await authorizationUrl(browser), 'ada');
    await browser.delete('/session');
    expectProblem(await followCallback(browser, callback), 401, 'bff_session_required');
  });

  it('does not elevate a session that replaced its own', async () => {
    const browser = bff.browser('admin');
    await signInAt(provider, browser, 'ada');
    const callback = await provider.userAgent().visit(await authorizationUrl(browser), 'ada');
    await signInAt(provider, browser, 'bob');
    expectProblem(await followCallback(browser, callback), 401, 'bff_session_required');
    expect(await elevationOf(browser)).toBeNull();
  });

  it('that the user cancels changes nothing', async () => {
    const browser = bff.browser('admin');
    const agent = provider.userAgent();
    await signInAt(provider, browser, 'ada', { agent });
    const before = sessionOf(browser);
    const callback = await agent.visit(await authorizationUrl(browser), 'ada', { cancel: true });
    expectProblem(await followCallback(browser, callback), 401, 'bff_invalid_credentials');
    expect(sessionOf(browser)).toBe(before);
    expect((await browser.get('/session')).status).toBe(200);
  });
});

describe('the authentication that a provider reports for a step-up (ELV-02)', () => {
  const fresh = { acr: ACR_ELEVATED };
  const now = (): number => Math.floor(Date.now() / 1_000);

  async function stepUp(claims: object): Promise<{ readonly browser: Browser; readonly answer: Answer }> {
    const browser = bff.browser('narrow');
    await followCallback(browser, hostile.authorize(await beginLogin(browser)));
    const address = await authorizationUrl(browser);
    hostile.misdeed = { claims: { ...claims } };
    return { browser, answer: await followCallback(browser, hostile.authorize(address)) };
  }

  it.each<[what: string, claims: object]>([
    ['no methods', {}],
    ['only a password', { amr: ['pwd'] }],
    ['methods that are not a list', { amr: 'otp' }],
  ])('is sufficient with the class and a fresh time if no methods are configured: %s', async (_, claims) => {
    const { browser, answer } = await stepUp({ ...fresh, ...claims, auth_time: now() });
    expect(answer.status).toBe(302);
    expect(await elevationOf(browser)).toMatchObject({ tenantId: 'summit' });
  });

  it.each<[what: string, claims: object]>([
    ['a lower class', { ...fresh, acr: 'urn:bff:acr:basic' }],
    ['no class', { ...fresh, acr: undefined }],
    ['a list of classes', { ...fresh, acr: [ACR_ELEVATED] }],
    ['a time an hour ago', { ...fresh, auth_time: now() - 3_600 }],
    ['a time more than a minute ago', { ...fresh, auth_time: now() - 61 }],
    ['a time of tomorrow', { ...fresh, auth_time: now() + 86_400 }],
    ['a time out of range', { ...fresh, auth_time: 1e308 }],
    ['no time', { ...fresh, auth_time: undefined }],
    ['a string as time', { ...fresh, auth_time: String(now()) }],
    ['another user', { ...fresh, sub: 'another' }],
  ])('is rejected with %s', async (_, claims) => {
    const { browser, answer } = await stepUp({ auth_time: now(), ...claims });
    expect([401, 403]).toContain(answer.status);
    expect(await elevationOf(browser)).toBeNull();
    expectProblem(await browser.get('/v1/tenants/acme/whatsapp'), 403, 'bff_elevation_required');
  });

  it('belongs to its request: no code of a sign-in completes a step-up, and no code of a step-up a sign-in', async () => {
    const browser = bff.browser('narrow');
    await followCallback(browser, hostile.authorize(await beginLogin(browser)));
    const [ordinary, elevating] = [await beginLogin(browser), await authorizationUrl(browser)];
    hostile.misdeed = { claims: { ...fresh, auth_time: now() } };
    const [a, b] = [new URL(hostile.authorize(ordinary)), new URL(hostile.authorize(elevating))];
    const codes = [a, b].map(({ searchParams }) => searchParams.get('code') ?? '');
    a.searchParams.set('code', codes[1] ?? '');
    b.searchParams.set('code', codes[0] ?? '');
    expectProblem(await followCallback(browser, b.href), 401, 'bff_invalid_credentials');
    expectProblem(await followCallback(browser, a.href), 401, 'bff_invalid_credentials');
    expect(await elevationOf(browser)).toBeNull();
  });

  it('does not elevate at an ordinary sign-in', async () => {
    const browser = bff.browser('narrow');
    hostile.misdeed = { claims: { ...fresh, auth_time: now() } };
    await followCallback(browser, hostile.authorize(await beginLogin(browser)));
    expect(await elevationOf(browser)).toBeNull();
  });
});
