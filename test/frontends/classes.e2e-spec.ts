import { ConfigurationError, loadConfig } from '@bff/config';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { askElevation } from '../support/elevating.js';
import { expectProblem } from '../support/forwarding.js';
import { type Bff, type FrontendName, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

const FRONTENDS = ['console', 'partners', 'admin'] as const;
const CLASSES = ['internal', 'partner', 'admin'] as const;

function pairsOf<T>(values: readonly T[]): [T, T][] {
  return values.flatMap((one) => values.flatMap((other): [T, T][] => (one === other ? [] : [[one, other]])));
}

describe('the host name of a frontend (CSR-16)', () => {
  const problemsOf = (...origins: [frontendClass: string, origin: string][]): readonly string[] => {
    const entries = origins.map(([frontendClass, origin], index) => ({
      ...{ name: `f${index}`, class: frontendClass, origin },
    }));
    try {
      loadConfig({ BFF_FRONTENDS: JSON.stringify(entries) });
      return [];
    } catch (error) {
      if (error instanceof ConfigurationError) return error.problems;
      throw error;
    }
  };

  it.each(pairsOf(CLASSES))('cannot be shared by the classes %s and %s', (one, other) => {
    const shared = [
      'BFF_FRONTENDS: the host name a.bff.test appears more than once; each frontend needs a unique one, regardless of the port',
    ];
    for (const origin of ['https://a.bff.test', 'https://a.bff.test:8443', 'http://a.bff.test']) {
      expect(problemsOf([one, 'https://a.bff.test'], [other, origin])).toEqual(shared);
    }
    expect(problemsOf([one, 'https://a.bff.test'], [other, 'https://b.bff.test'])).toEqual([]);
  });
});

describe('a host serves one class only (CSR-16)', () => {
  let bff: Bff;
  beforeAll(async () => {
    bff = await startBff();
  });
  afterAll(() => bff.close());
  beforeEach(() => bff.sinch.reset());

  it.each<[FrontendName, FrontendName]>(pairsOf(FRONTENDS))(
    'a session of %s does not authenticate at %s',
    async (own, other) => {
      const browser = await bff.signedIn(the.admin, own);
      const visitor = bff.browser(other);
      for (const [name, value] of browser.cookies) visitor.setCookie(name, value);
      for (const path of ['/session', '/v1/tenants', '/v1/tenants/harbour/whatsapp', '/v1/admin/tenants']) {
        expectProblem(await visitor.get(path), 401, 'bff_session_required');
      }
      expect((await browser.get('/session')).status).toBe(200);
      expect(bff.sinch.all.requests).toEqual([]);
    },
  );

  it.each<[FrontendName, tenants: string[], adminStatus: number]>([
    ['console', ['harbour'], 403],
    ['partners', ['harbour'], 403],
    ['admin', ['acme', 'bare', 'harbour', 'lantern', 'orchard', 'summit'], 200],
  ])(
    'an admin at %s reaches the tenants %j and gets %i for administration',
    async (name, tenants, status) => {
      const browser = await bff.signedIn(the.admin, name);
      const listed = (await browser.get('/v1/tenants')).json as { tenants: { id: string }[] };
      expect(listed.tenants.map(({ id }) => id).sort()).toEqual(tenants);
      expect((await browser.get('/v1/admin/tenants')).status).toBe(status);
    },
  );

  it.each<FrontendName>(['console', 'partners'])('an admin cannot elevate at %s', async (name) => {
    const browser = await bff.signedIn(the.admin, name);
    expectProblem(await askElevation(bff, browser, { tenantId: 'summit' }), 403, 'bff_role_required');
  });
});
