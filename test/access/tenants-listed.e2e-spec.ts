import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Browser } from '../support/browser.js';
import { expectNoSecrets, expectProblem } from '../support/forwarding.js';
import { expectNothingAsked } from '../support/raw-answer.js';
import { type Bff, type FrontendName, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

type Person = 'editor' | 'viewer' | 'partner' | 'admin';
interface Page {
  readonly tenants: readonly { readonly id: string; readonly role: string | null }[];
  readonly nextPageToken?: string;
}

const many = Array.from({ length: 120 }, (_, index) => ({
  ...the.bare,
  id: `many-${String(index).padStart(3, '0')}`,
  projectId: `many-${index}`,
}));
const ids = many.map(({ id }) => id);
const person = (name: string): { email: string; name: string; password: string; memberships: object[] } => ({
  email: `${name}@many.example`,
  name,
  password: `${name}-canary-password`,
  memberships: ids.map((tenant) => ({ tenant, role: 'viewer' })),
});
const collector = person('collector');
const twin = person('twin');

let bff: Bff;
let browser: Browser;
beforeAll(async () => {
  bff = await startBff({
    directory: {
      ...the.directory,
      tenants: [...the.directory.tenants, ...many],
      users: [...the.directory.users, collector, twin],
    },
  });
});
afterAll(() => bff.close());
beforeEach(async () => {
  browser = await bff.signedIn(collector);
});
afterEach(() => expectNothingAsked(bff.sinch));

async function pageOf(reader: Browser, query = ''): Promise<Page> {
  const answer = await reader.get(`/v1/tenants${query}`);
  expect(answer.status).toBe(200);
  expectNoSecrets(answer);
  return answer.json as Page;
}

async function allPages(reader: Browser, pageSize?: number): Promise<Page[]> {
  const size = pageSize === undefined ? '' : `&pageSize=${pageSize}`;
  const pages = [await pageOf(reader, size.replace('&', '?'))];
  for (let token = pages[0]?.nextPageToken; token !== undefined; token = pages.at(-1)?.nextPageToken) {
    pages.push(await pageOf(reader, `?pageToken=${encodeURIComponent(token)}${size}`));
  }
  return pages;
}

describe('the list of tenants', () => {
  it.each<[pageSize: number | undefined, sizes: number[]]>([
    [undefined, [50, 50, 20]],
    [100, [100, 20]],
    [60, [60, 60]],
    [7, [...Array.from({ length: 17 }, () => 7), 1]],
  ])('the list in pages of %s has each membership once', async (pageSize, sizes) => {
    const pages = await allPages(browser, pageSize);
    expect(pages.map(({ tenants }) => tenants.length)).toEqual(sizes);
    expect(pages.flatMap(({ tenants }) => tenants.map(({ id }) => id)).sort()).toEqual(ids);
    expect(Object.keys(pages.at(-1) ?? {})).toEqual(['tenants']);
  });

  it('the list has exactly the entries of the session document (AZT-06)', async () => {
    const editor = await bff.signedIn(the.editor);
    const { tenants } = (await editor.get('/session')).json as Page;
    expect(await pageOf(editor)).toEqual({ tenants });
  });

  it.each<[Person, FrontendName, string[]]>([
    ['editor', 'console', ['acme editor', 'bare editor', 'harbour editor', 'lantern editor']],
    ['editor', 'narrow', ['acme editor']],
    ['viewer', 'admin', ['acme viewer', 'summit viewer']],
    ['partner', 'partners', ['orchard editor']],
    ['partner', 'narrow', []],
    ['admin', 'console', ['harbour viewer']],
    ['admin', 'narrow', []],
  ])('the list of the user %s on %s is %j', async (name, frontend, entries) => {
    const { tenants } = await pageOf(await bff.signedIn(the[name], frontend));
    expect(tenants.map(({ id, role }) => `${id} ${role}`)).toEqual(entries);
  });

  it('the list of an admin on an admin frontend has every tenant, with the role of each membership', async () => {
    const pages = await allPages(await bff.signedIn(the.admin, 'admin'), 100);
    const entries = pages.flatMap(({ tenants }) => tenants);
    const every = [...the.directory.tenants.map(({ id }) => id), ...ids].sort();
    expect(entries.map(({ id }) => id).sort()).toEqual(every);
    for (const { id, role } of entries) expect(role).toBe(id === 'harbour' ? 'viewer' : null);
  });

  it.each([
    ...[
      '0',
      '101',
      '-1',
      '+1',
      '1.0',
      '1e1',
      '0x10',
      '',
      '%205',
      '5+',
      '5%0A',
      '%D9%A3',
      '5,6',
      '1000',
      'NaN',
      'null',
    ],
    ...['99999999999999999999', '5&pageSize=5', '5&pageSize=6', '5&%70ageSize=5', '5&x=1', '5&__proto__=1'],
    ...['5&constructor=1', '5&toString=1', '5&hasOwnProperty=1', '5&PageToken=x', '5&=1'],
    ...['5&pageSize[]=5', '5&pageSize[a]=5'],
  ])('the list rejects ?pageSize=%s (VAL-01, VAL-04)', async (rest) => {
    const answer = await browser.get(`/v1/tenants?pageSize=${rest}`);
    expectProblem(answer, 400, 'bff_invalid_input');
    expect(JSON.stringify(answer.json)).toMatch(/validationErrors":\["[^"]+/);
  });

  it('the list rejects page tokens of another user, and tampered ones (VAL-10)', async () => {
    const { nextPageToken = '' } = await pageOf(browser);
    const other = await bff.signedIn(twin);
    const { nextPageToken: tokenOfTwin = '' } = await pageOf(other);
    const flipped = (at: number): string => {
      const replacement = nextPageToken[at] === 'A' ? 'B' : 'A';
      return nextPageToken.slice(0, at) + replacement + nextPageToken.slice(at + 1);
    };
    const forged = Buffer.from('many-010').toString('base64url');
    const bad = [
      ...[tokenOfTwin, flipped(0), flipped(10), flipped(nextPageToken.length - 3), `${nextPageToken}A`],
      ...[
        `${nextPageToken}=`,
        nextPageToken.slice(1),
        nextPageToken.slice(0, -1),
        nextPageToken.toUpperCase(),
      ],
      ...[forged, 'many-010', '1', ' ', '\u0000', '../..', 'x'.repeat(5_000)],
    ];
    for (const token of bad) {
      const answer = await browser.get(`/v1/tenants?pageToken=${encodeURIComponent(token)}`);
      expectProblem(answer, 400, 'bff_invalid_input');
    }
    expect((await browser.get(`/v1/tenants?pageToken=${nextPageToken}`)).status).toBe(200);
    expect((await other.get(`/v1/tenants?pageToken=${tokenOfTwin}`)).status).toBe(200);
  });

  it('a later page omits tenants that are not visible on the frontend', async () => {
    const { nextPageToken = '' } = await pageOf(browser, '?pageSize=1');
    const elsewhere = await bff.signedIn(collector, 'narrow');
    expect((await pageOf(elsewhere, `?pageToken=${nextPageToken}`)).tenants).toEqual([]);
  });
});

describe('the route document (AZT-11)', () => {
  const elevation = (tenantId: string): object => ({
    errorCode: 'bff_elevation_required',
    additionalInformation: { acr: expect.any(String) as unknown, maxAgeSeconds: 900, tenantId },
  });
  const route = (environment: string, scheme: string, keyId: string): object => ({
    environment,
    plane: 'public',
    credential: { scheme, keyId },
  });

  it.each<[Person, FrontendName, tenant: string, expected: object]>([
    ['editor', 'console', 'acme', route('production', 'oauth2', 'acme-key')],
    ['viewer', 'console', 'acme', route('production', 'oauth2', 'acme-key')],
    ['editor', 'narrow', 'acme', route('production', 'oauth2', 'acme-key')],
    ['editor', 'console', 'harbour', route('staging', 'basic', 'harbour-key')],
    ['editor', 'admin', 'lantern', route('staging-dev', 'oauth2', 'lantern-key')],
    ['partner', 'partners', 'orchard', route('production', 'oauth2', 'orchard-key')],
    ['admin', 'console', 'harbour', route('staging', 'basic', 'harbour-key')],
    ['admin', 'admin', 'harbour', route('staging', 'basic', 'harbour-key')],
    ['editor', 'console', 'bare', { errorCode: 'bff_upstream_unavailable' }],
    ['viewer', 'console', 'summit', { errorCode: 'bff_role_required' }],
    ['viewer', 'admin', 'summit', { errorCode: 'bff_role_required' }],
    ['admin', 'admin', 'acme', elevation('acme')],
    ['admin', 'admin', 'summit', elevation('summit')],
    ['admin', 'admin', 'bare', elevation('bare')],
  ])(
    'the route document of the user %s on %s names the route to %s or the reason for none',
    async (name, frontend, tenant, expected) => {
      const answer = await (await bff.signedIn(the[name], frontend)).get(`/v1/tenants/${tenant}/route`);
      expect(answer.status).toBe(200);
      expect(answer.json).toEqual(expected);
      expect(answer.text).not.toMatch(/canary|token-|http|127\.0\.0\.1|sinch/i);
    },
  );

  it.each<[Person, FrontendName, tenant: string]>([
    ['editor', 'console', 'orchard'],
    ['editor', 'console', 'nowhere'],
    ['editor', 'narrow', 'harbour'],
    ['viewer', 'narrow', 'summit'],
    ['admin', 'console', 'acme'],
    ['admin', 'narrow', 'acme'],
    ['admin', 'admin', 'nowhere'],
  ])(
    'the route document of the user %s on %s for the invisible tenant %s is rejected with 404',
    async (name, frontend, tenant) => {
      const answer = await (await bff.signedIn(the[name], frontend)).get(`/v1/tenants/${tenant}/route`);
      expectProblem(answer, 404, 'bff_tenant_not_found');
    },
  );

  it('the route document rejects query parameters', async () => {
    const editor = await bff.signedIn(the.editor);
    expectProblem(await editor.get('/v1/tenants/acme/route?method=POST'), 400, 'bff_invalid_input');
  });
});
