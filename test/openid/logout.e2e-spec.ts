import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Answer, type Browser } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { expectProblem } from '../support/forwarding.js';
import { CertifiedProvider } from '../support/openid/certified-provider.js';
import { HostileProvider, type Misdeed } from '../support/openid/hostile-provider.js';
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

let provider: CertifiedProvider;
let hostile: HostileProvider;
let bff: Bff;
beforeAll(async () => {
  provider = await CertifiedProvider.start([client]);
  hostile = await HostileProvider.start();
  bff = await startBff({ oidc: { console: oidcOf(provider), partners: oidcOf(hostile) } });
  provider.deliverTo = bff.port;
  await bff.apply({
    users: [personOf(provider, 'ada'), personOf(provider, 'bob'), personOf(hostile, 'subject')],
  });
});
// The providers of the tests issue tokens by the real clock.
beforeEach(() => bff.stepWallClock(Date.now() - bff.now()));
afterAll(async () => {
  await bff.close();
  await provider.close();
  await hostile.close();
});

const status = async (browser: Browser): Promise<number> => (await browser.get('/session')).status;

describe('signing out of a session of a provider', () => {
  it('returns the logout address of the provider and ends the local session at once', async () => {
    const browser = bff.browser();
    await signInAt(provider, browser, 'ada');
    const answer = await browser.delete('/session');
    expect(answer.status).toBe(200);
    const { endSessionUrl } = answer.json as { readonly endSessionUrl: string };
    const { origin, pathname, searchParams } = new URL(endSessionUrl);
    expect(origin + pathname).toBe(`${provider.issuer}/session/end`);
    expect(Object.fromEntries(searchParams)).toEqual({
      client_id: 'bff',
      post_logout_redirect_uri: 'https://console.bff.test',
    });
    expect(answer.headers['clear-site-data']).toBe('"cache", "storage"');
    expect(browser.cookies.has('__Host-bff-session')).toBe(false);
  });

  it('returns 204 if the provider has no logout address, as after a password sign-in', async () => {
    const browser = bff.browser('partners');
    await followCallback(browser, hostile.authorize(await beginLogin(browser)));
    expect((await browser.delete('/session')).status).toBe(204);
    expect((await (await bff.signedIn(the.editor)).delete('/session')).status).toBe(204);
  });
});

describe('signing out at the provider', () => {
  it('ends the sessions of that provider session, and no others (SES-21)', async () => {
    const [agent, elsewhere] = [provider.userAgent(), provider.userAgent()];
    const [here, other, bob] = [bff.browser(), bff.browser(), bff.browser()];
    await signInAt(provider, here, 'ada', { agent });
    await signInAt(provider, other, 'ada', { agent: elsewhere });
    await signInAt(provider, bob, 'bob');
    await agent.signOut();
    await eventually(async () => expect(await status(here)).toBe(401), { withinMs: 2_000 });
    expect(await status(other)).toBe(200);
    expect(await status(bob)).toBe(200);
  });
});

describe('a logout token', () => {
  const post = (token: string, headers: Record<string, string | undefined> = {}): Promise<Answer> =>
    bff.browser('partners').request('POST', '/session/backchannel-logout', {
      rawBody: new URLSearchParams({ logout_token: token }).toString(),
      headers: {
        ...{ 'content-type': 'application/x-www-form-urlencoded', 'x-csrf': undefined, origin: undefined },
        ...headers,
      },
    });

  /** Issued in an earlier second than the sign-ins of the following tests. */
  const ofSubject = (): Promise<string> =>
    hostile.logoutToken({ sub: 'subject', iat: Math.floor(bff.now() / 1_000) - 30 });

  async function signedIn(sid?: string): Promise<Browser> {
    const browser = bff.browser('partners');
    hostile.misdeed = sid === undefined ? {} : { claims: { sid } };
    await followCallback(browser, hostile.authorize(await beginLogin(browser)));
    hostile.misdeed = {};
    expect(await status(browser)).toBe(200);
    return browser;
  }

  it('of a subject ends all its sessions of this provider, with a 200 that must not be stored', async () => {
    const [one, two] = [await signedIn(), await signedIn('s-1')];
    const answer = await post(await ofSubject());
    expect(answer.status).toBe(200);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect([await status(one), await status(two)]).toEqual([401, 401]);
  });

  it('of a provider session ends the sessions that began in it', async () => {
    const [one, two] = [await signedIn('s-2'), await signedIn('s-3')];
    expect((await post(await hostile.logoutToken({ sid: 's-2' }))).status).toBe(200);
    expect([await status(one), await status(two)]).toEqual([401, 200]);
  });

  it('that is delivered before the callback of its sign-in leaves no session', async () => {
    const browser = bff.browser('partners');
    hostile.misdeed = { claims: { sid: 's-5' } };
    const callback = hostile.authorize(await beginLogin(browser));
    expect((await post(await hostile.logoutToken({ sid: 's-5' }))).status).toBe(200);
    expectProblem(await followCallback(browser, callback), 401, 'bff_invalid_credentials');
    hostile.misdeed = {};
    expect(browser.cookies.has('__Host-bff-session')).toBe(false);
    await signedIn('s-6');
  });

  it('of a session and another subject ends nothing', async () => {
    const browser = await signedIn('s-4');
    expect((await post(await hostile.logoutToken({ sid: 's-4', sub: 'another' }))).status).toBe(200);
    expect(await status(browser)).toBe(200);
  });

  it('is accepted once', async () => {
    const token = await ofSubject();
    expect((await post(token)).status).toBe(200);
    const browser = await signedIn();
    expectProblem(await post(token), 400, 'bff_invalid_input');
    expect(await status(browser)).toBe(200);
  });

  it.each<[what: string, claims: object, misdeed: Misdeed]>([
    ['of another issuer', { iss: 'https://elsewhere.test' }, {}],
    ['for another client', { aud: 'another-client' }, {}],
    ['without an event', { events: undefined }, {}],
    ['with an id that is not a string', { jti: { a: 1 } }, {}],
    ['with an empty id', { jti: '' }, {}],
    ['with a number as session', { sid: 7 }, {}],
    ['with a number as subject', { sub: 7, sid: 's' }, {}],
    ['whose event is a list', { events: { 'http://schemas.openid.net/event/backchannel-logout': [] } }, {}],
    ['of another event', { events: { 'http://schemas.openid.net/event/other': {} } }, {}],
    [
      'whose event is not an object',
      { events: { 'http://schemas.openid.net/event/backchannel-logout': 1 } },
      {},
    ],
    ['with a nonce like that of an ID token', { nonce: 'x' }, {}],
    ['without an id', { jti: undefined }, {}],
    ['without a time', { iat: undefined }, {}],
    ['without an expiry', { exp: undefined }, {}],
    [
      'that has expired',
      { iat: Math.floor(Date.now() / 1_000) - 600, exp: Math.floor(Date.now() / 1_000) - 300 },
      {},
    ],
    ['from long ago', { iat: Math.floor(Date.now() / 1_000) - 300 }, {}],
    ['from the future', { iat: Math.floor(Date.now() / 1_000) + 300 }, {}],
    ['without a subject', { sub: undefined }, {}],
    ['of another type', {}, { header: { typ: 'JWT' } }],
    ['that is not signed', {}, { signature: 'none' }],
    ['signed with an unknown key', {}, { signature: 'unknown key' }],
    ['with a MAC under the client secret', {}, { signature: 'HS256 with the client secret' }],
  ])('%s is rejected and ends nothing', async (_, claims, misdeed) => {
    const browser = await signedIn();
    const token = await hostile.logoutToken({ sub: 'subject', ...claims }, misdeed);
    expectProblem(await post(token), 400, 'bff_invalid_input');
    expect(await status(browser)).toBe(200);
  });

  it('must be sent as a form and not by a browser', async () => {
    const token = await ofSubject();
    const asJson = { 'content-type': 'application/json' };
    expectProblem(await post(token, asJson), 415, 'bff_unsupported_media_type');
    expectProblem(await post(token, { 'sec-fetch-site': 'cross-site' }), 403, 'bff_origin_not_allowed');
    expectProblem(await post(token, { origin: 'https://elsewhere.test' }), 403, 'bff_origin_not_allowed');
    expectProblem(await post('no token'), 400, 'bff_invalid_input');
    expect((await post(token)).status).toBe(200);
  });

  it('is rejected with 404 on a frontend without a provider', async () => {
    const answer = await bff.browser('admin').post('/session/backchannel-logout', undefined, {
      'x-csrf': undefined,
    });
    expectProblem(answer, 404, 'bff_route_not_found');
  });
});
