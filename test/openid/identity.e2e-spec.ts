import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, type Browser } from '../support/browser.js';
import { expectProblem } from '../support/forwarding.js';
import { HostileProvider } from '../support/openid/hostile-provider.js';
import { beginLogin, followCallback, oidcOf, personOf } from '../support/openid/signing-in.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

const EMAIL = 'subject@acme.example';

interface SessionDocument {
  readonly user: { readonly id: string; readonly email: string };
  readonly tenants: readonly { readonly id: string }[];
}

let home: HostileProvider;
let other: HostileProvider;
let bff: Bff;
beforeAll(async () => {
  [home, other] = [await HostileProvider.start(), await HostileProvider.start()];
  bff = await startBff({
    oidc: {
      console: oidcOf(home),
      narrow: oidcOf(other),
      partners: oidcOf(other, { unknownSubjects: 'create' }),
    },
  });
  const memberships = [{ tenant: 'acme', role: 'editor' }];
  await bff.apply({ users: [personOf(home, 'subject', { memberships })] });
});
afterAll(async () => {
  await bff.close();
  await home.close();
  await other.close();
});
afterEach(() => {
  home.misdeed = {};
  other.misdeed = {};
});

async function signIn(provider: HostileProvider, browser: Browser): Promise<Answer> {
  return followCallback(browser, provider.authorize(await beginLogin(browser)));
}

async function documentAfter(provider: HostileProvider, browser: Browser): Promise<SessionDocument> {
  expect((await signIn(provider, browser)).status).toBe(302);
  return (await browser.get('/session')).json as SessionDocument;
}

describe('a user of one provider (AUT-04)', () => {
  it('is not the same subject of another provider, whatever address that provider names', async () => {
    other.misdeed = { claims: { email: EMAIL, email_verified: true } };
    const browser = bff.browser('narrow');
    expectProblem(await signIn(other, browser), 401, 'bff_invalid_credentials');
    expect(browser.cookies.has('__Host-bff-session')).toBe(false);
  });

  it('is another user than the one that is created for the same subject of another provider', async () => {
    other.misdeed = { claims: { email: EMAIL, email_verified: true } };
    const created = await documentAfter(other, bff.browser('partners'));
    const known = await documentAfter(home, bff.browser());
    expect(created.user.id).not.toBe(known.user.id);
    expect(created.user.email).not.toBe(EMAIL);
    expect(created.tenants).toEqual([]);
    expect(known.tenants).toMatchObject([{ id: 'acme' }]);
  });

  it('stays the same user when the provider names the address of another user', async () => {
    home.misdeed = { claims: { email: the.editor.email, email_verified: true } };
    expect((await documentAfter(home, bff.browser())).user.email).toBe(EMAIL);
  });

  it('is not another subject with the same address', async () => {
    home.misdeed = { claims: { sub: 'another', email: EMAIL, email_verified: true } };
    expectProblem(await signIn(home, bff.browser()), 401, 'bff_invalid_credentials');
  });
});
