import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Answer } from '../support/browser.js';
import {
  expectProblem,
  operationTitles,
  type OperationTitle,
  perform,
  type ProvisioningOperation,
  operations,
} from '../support/forwarding.js';
import { expectNothingAsked, withoutIds } from '../support/raw-answer.js';
import { serverNames } from '../support/six-upstreams.js';
import { type Bff, type FrontendName, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

let bff: Bff;
beforeAll(async () => {
  bff = await startBff();
});
afterAll(() => bff.close());
beforeEach(() => bff.sinch.reset());

/** How a user relates to a tenant on a frontend. */
type Cell = 'editor' | 'viewer' | 'no-key' | 'no-plane' | 'admin' | '-';
type Person = 'editor' | 'viewer' | 'partner' | 'admin';

const tenants = ['acme', 'harbour', 'lantern', 'orchard', 'summit', 'bare', 'nowhere'] as const;
const servedBy: Partial<Record<string, string>> = {
  acme: 'production',
  harbour: 'staging',
  lantern: 'staging-dev',
  orchard: 'production',
};

/** The expected status, with the server that is called or with the error code. */
function expected(tenant: string, title: OperationTitle, cell: Cell): string {
  const { method }: ProvisioningOperation = operations[title];
  const served = `200 from ${servedBy[tenant]}`;
  switch (cell) {
    case 'editor':
      return served;
    case 'viewer':
      return method === 'GET' ? served : '403 bff_role_required';
    case 'no-key':
      return '503 bff_upstream_unavailable';
    case 'no-plane':
      return '403 bff_role_required';
    case 'admin':
      return '403 bff_elevation_required';
    case '-':
      return '404 bff_tenant_not_found';
  }
}

function outcome(answer: Answer): string {
  const asked = serverNames.filter((name) => bff.sinch[name].requests.length > 0).join(' and ');
  if (asked !== '') return `${answer.status} from ${asked}`;
  return `${answer.status} ${(answer.json as { errorCode: string }).errorCode}`;
}

it.each<[Person, FrontendName, ...Cell[]]>([
  //                       acme      harbour   lantern   orchard   summit      bare
  ['editor', 'console', 'editor', 'editor', 'editor', '-', '-', 'no-key'],
  ['editor', 'partners', 'editor', 'editor', 'editor', '-', '-', 'no-key'],
  ['editor', 'admin', 'editor', 'editor', 'editor', '-', '-', 'no-key'],
  ['editor', 'narrow', 'editor', '-', '-', '-', '-', '-'],
  ['viewer', 'console', 'viewer', '-', '-', '-', 'no-plane', '-'],
  ['viewer', 'partners', 'viewer', '-', '-', '-', 'no-plane', '-'],
  ['viewer', 'admin', 'viewer', '-', '-', '-', 'no-plane', '-'],
  ['viewer', 'narrow', 'viewer', '-', '-', '-', '-', '-'],
  ['partner', 'console', '-', '-', '-', 'editor', '-', '-'],
  ['partner', 'partners', '-', '-', '-', 'editor', '-', '-'],
  ['partner', 'admin', '-', '-', '-', 'editor', '-', '-'],
  ['partner', 'narrow', '-', '-', '-', '-', '-', '-'],
  ['admin', 'console', '-', 'viewer', '-', '-', '-', '-'],
  ['admin', 'partners', '-', 'viewer', '-', '-', '-', '-'],
  ['admin', 'admin', 'admin', 'viewer', 'admin', 'admin', 'admin', 'admin'],
  ['admin', 'narrow', '-', '-', '-', '-', '-', '-'],
])(
  'the user %s on %s can perform exactly the operations that the table grants (AZT-01, AZT-10)',
  async (person, frontend, ...cells) => {
    const browser = await bff.signedIn(the[person], frontend);
    const wanted: Record<string, string> = {};
    const got: Record<string, string> = {};
    for (const [index, tenant] of tenants.entries()) {
      for (const title of operationTitles) {
        bff.sinch.reset();
        const answer = await perform(browser, title, tenant);
        wanted[`${title} of ${tenant}`] = expected(tenant, title, cells[index] ?? '-');
        got[`${title} of ${tenant}`] = outcome(answer);
        if (answer.status !== 200) expectNothingAsked(bff.sinch);
        else expect(bff.sinch.all.requests).toHaveLength(1);
      }
    }
    expect(got).toEqual(wanted);
  },
);

describe('a tenant that is not visible to the caller', () => {
  it.each<[Person, FrontendName, tenant: string]>([
    ['editor', 'console', 'orchard'],
    ['editor', 'console', 'summit'],
    ['editor', 'narrow', 'harbour'],
    ['viewer', 'narrow', 'summit'],
    ['partner', 'partners', 'acme'],
    ['admin', 'console', 'acme'],
    ['admin', 'narrow', 'acme'],
  ])(
    'the user %s on %s cannot distinguish the tenant %s from a nonexistent one (AZT-04)',
    async (person, frontend, tenant) => {
      const browser = await bff.signedIn(the[person], frontend);
      for (const title of operationTitles) {
        const known = await perform(browser, title, tenant);
        const unknown = await perform(browser, title, 'nowhere');
        expectProblem(known, 404, 'bff_tenant_not_found');
        expect(withoutIds(known)).toBe(withoutIds(unknown));
        expect(Object.keys(known.headers)).toEqual(Object.keys(unknown.headers));
        expect(known.text).not.toContain(tenant);
      }
      const route = await browser.get(`/v1/tenants/${tenant}/route`);
      expect(withoutIds(route)).toBe(withoutIds(await browser.get('/v1/tenants/nowhere/route')));
      expectNothingAsked(bff.sinch);
    },
  );

  it.each(['ACME', 'acm', 'acmee', '__proto__', 'constructor', the.acme.projectId, 'a'.repeat(64)])(
    'the unknown tenant id %s is rejected with bff_tenant_not_found',
    async (tenant) => {
      const browser = await bff.signedIn(the.editor);
      const answer = await browser.get(`/v1/tenants/${tenant}/whatsapp`);
      expectProblem(answer, 404, 'bff_tenant_not_found');
      expectNothingAsked(bff.sinch);
    },
  );

  it('a tenant id of 101 characters is rejected with bff_tenant_not_found', async () => {
    const browser = await bff.signedIn(the.editor);
    const answer = await browser.get(`/v1/tenants/${'a'.repeat(101)}/whatsapp`);
    expectProblem(answer, 404, 'bff_tenant_not_found');
  });
});

it.each(['acme', 'orchard', 'summit', 'bare'])(
  'the rejection names the elevation that an admin needs for %s (AZT-10)',
  async (tenant) => {
    const browser = await bff.signedIn(the.admin, 'admin');
    for (const title of operationTitles) {
      const problem = expectProblem(await perform(browser, title, tenant), 403, 'bff_elevation_required');
      expect(problem.additionalInformation).toEqual({
        acr: expect.any(String) as unknown,
        maxAgeSeconds: 900,
        tenantId: tenant,
      });
    }
    expectNothingAsked(bff.sinch);
  },
);

it('only the path selects the tenant, and only the session identifies the user (AZT-02, AZT-03)', async () => {
  const browser = await bff.signedIn(the.editor);
  const answer = await browser.get('/v1/tenants/acme/whatsapp', undefined, {
    'x-tenant-id': 'orchard',
    'x-tenant': 'orchard',
    'x-project-id': the.orchard.projectId,
    'x-user-id': 'admin',
    'x-role': 'admin',
    authorization: 'Basic b3JjaGFyZC1rZXk6b3JjaGFyZC1jYW5hcnktc2VjcmV0',
    'x-original-url': '/v1/tenants/orchard/whatsapp',
    'x-rewrite-url': '/v1/tenants/orchard/whatsapp',
    'x-forwarded-prefix': '/v1/tenants/orchard',
  });
  expect(answer.status).toBe(200);
  expect(bff.sinch.production.lastRequest.url).toBe(`/v1/projects/${the.acme.projectId}/whatsapp`);
  expect(bff.sinch.production.lastRequest.headers.authorization).toMatch(
    /^Bearer token-production-acme-key-/,
  );
  expect(bff.sinch.production.requests).toHaveLength(1);
  expect(bff.sinch.allBut('production').requests).toEqual([]);
});
