import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  administer,
  administrating,
  adminBodies,
  type AdminOperation,
  adminOperations,
  adminReads,
  adminWrites,
  deputy,
  recordsOf,
  type Target,
  userOf,
} from '../support/administering.js';
import { type Answer, type Browser } from '../support/browser.js';
import { expectProblem } from '../support/forwarding.js';
import { expectNothingAsked } from '../support/raw-answer.js';
import { type Bff, type FrontendName, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';
import { ROUTES } from '../../apps/bff/src/http/routes.js';

let bff: Bff;
/** An admin whose session is not elevated. */
let plain: Browser;
let elevatedForAcme: Browser;
let elevatedForSummit: Browser;
let bystander: Browser;
let target: Target;
let before: object;
const outsiders = new Map<string, Browser>();

beforeAll(async () => {
  bff = await startBff({ directory: { ...the.directory, users: [...the.directory.users, deputy] } });
  plain = await bff.signedIn(the.admin, 'admin');
  elevatedForAcme = await administrating(bff, the.admin, 'acme');
  elevatedForSummit = await administrating(bff, deputy, 'summit');
  bystander = await bff.signedIn(the.viewer);
  target = { tenantId: 'acme', userId: (await userOf(plain, the.viewer.email)).id };
  before = await recordsOf(plain);
});
afterAll(() => bff.close());

afterEach(async () => {
  expect(await recordsOf(plain)).toEqual(before);
  expect((await bystander.get('/session')).status).toBe(200);
  expectNothingAsked(bff.sinch);
});

async function outsider(person: 'editor' | 'viewer' | 'partner' | 'admin', frontend: FrontendName) {
  const key = `${person} on ${frontend}`;
  const browser = outsiders.get(key) ?? (await bff.signedIn(the[person], frontend));
  outsiders.set(key, browser);
  return browser;
}

function expectChallenge(answer: Answer): void {
  const { additionalInformation } = expectProblem(answer, 403, 'bff_elevation_required');
  expect(additionalInformation).toEqual({
    acr: expect.stringMatching(/./) as unknown,
    maxAgeSeconds: 900,
    tenantId: null,
  });
}

describe.each<[person: 'editor' | 'viewer' | 'partner' | 'admin', frontend: FrontendName]>([
  ['admin', 'console'],
  ['admin', 'partners'],
  ['admin', 'narrow'],
  ['editor', 'admin'],
  ['viewer', 'admin'],
  ['editor', 'console'],
  ['partner', 'partners'],
])('the user %s on %s (ELV-09, AZT-14)', (person, frontend) => {
  it.each(adminOperations)('%s rejects the user with bff_role_required', async (name) => {
    const answer = await administer(await outsider(person, frontend), name, target);
    expectProblem(answer, 403, 'bff_role_required');
  });
});

describe.each<[FrontendName]>([['admin'], ['console'], ['partners']])(
  'a browser without a session on %s',
  (frontend) => {
    it.each(adminOperations)('%s rejects a request without a session', async (name) => {
      expectProblem(await administer(bff.browser(frontend), name, target), 401, 'bff_session_required');
    });
  },
);

it.each(adminOperations)("%s rejects the cookie of an admin's session on another frontend", async (name) => {
  const browser = bff.browser('admin');
  const console = await outsider('admin', 'console');
  for (const [cookie, value] of console.cookies) browser.setCookie(cookie, value);
  expectProblem(await administer(browser, name, target), 401, 'bff_session_required');
});

describe('an admin who is not elevated', () => {
  it.each(adminReads)('an admin who is not elevated can call %s', async (name) => {
    expect((await administer(plain, name, target)).status).toBe(ROUTES[name].status);
  });

  it.each(adminWrites)(
    'an admin who is not elevated is rejected by %s with bff_elevation_required',
    async (name) => {
      expectChallenge(await administer(plain, name, target));
    },
  );
});

describe.each<[title: string, browser: () => Browser]>([
  ['for the tenant of the request', () => elevatedForAcme],
  ['for another tenant', () => elevatedForSummit],
])('an elevation %s (ELV-10)', (_, browser) => {
  it.each(adminReads)('an admin who is elevated for a tenant can call %s', async (name) => {
    expect((await administer(browser(), name, target)).status).toBe(ROUTES[name].status);
  });

  it.each(adminWrites)('an elevation for a tenant does not permit %s', async (name) => {
    expectChallenge(await administer(browser(), name, target));
  });
});

const withBodies = adminWrites.filter((name) => name in adminBodies);
const aboutRecords = adminWrites.filter((name) => ROUTES[name].path.includes(':'));

describe('input validation before the elevation check', () => {
  const bad: [string, unknown][] = [
    ['an object with an unknown member', { unknown: true }],
    ['an array', []],
    ['a string', 'acme'],
    ['null', null],
  ];

  describe.each(bad)('a body that is %s', (what, body) => {
    it.each(withBodies)(`%s rejects a body that is ${what}`, async (name) => {
      const rawBody = JSON.stringify(body);
      const headers = { 'content-type': 'application/json' };
      expectProblem(await administer(plain, name, target, { rawBody, headers }), 400, 'bff_invalid_input');
    });
  });

  it.each(withBodies)(
    '%s rejects a body of another media type with 415, and only after the role check',
    async (name) => {
      const rawBody = JSON.stringify({ unknown: true });
      const asked = administer(plain, name, target, { rawBody, headers: { 'content-type': 'text/plain' } });
      expectProblem(await asked, 415, 'bff_unsupported_media_type');
      const outside = await outsider('editor', 'admin');
      const refused = administer(outside, name, target, {
        rawBody,
        headers: { 'content-type': 'text/plain' },
      });
      expectProblem(await refused, 403, 'bff_role_required');
    },
  );

  it.each(adminWrites)('%s rejects an unknown query parameter', async (name) => {
    const { method, path } = ROUTES[name];
    const filled = path.replace(':tenantId', 'acme').replace(':userId', target.userId);
    const body = adminBodies[name];
    const answer = await plain.request(method, `${filled}?force=1`, body === undefined ? {} : { body });
    expectProblem(answer, 400, 'bff_invalid_input');
  });

  it.each<[what: string, name: AdminOperation, body: object]>([
    ['a short password', 'admin.users.create', { password: 'tiny-canary' }],
    ['a common password', 'admin.users.create', { password: 'password1234' }],
    ['a common password', 'admin.users.update', { password: 'password1234' }],
    ...(['admin.users.create', 'admin.users.update'] as const).map(
      (name): [string, AdminOperation, object] => [
        'a repeated tenant',
        name,
        {
          memberships: [adminBodies['admin.members.put'], { role: 'viewer' }].map((of) => ({
            tenant: 'acme',
            ...of,
          })),
        },
      ],
    ),
  ])('%s is rejected by %s', async (_, name, body) => {
    const given = { ...adminBodies[name], ...body };
    expectProblem(await administer(plain, name, target, { body: given }), 400, 'bff_invalid_input');
  });

  it('the operation that ends sessions rejects an invalid filter', async () => {
    for (const query of ['', '?userId=', `?userId=${target.userId}&tenantId=acme`]) {
      expectProblem(await plain.delete(`/v1/admin/sessions${query}`), 400, 'bff_invalid_input');
    }
  });
});

describe('the elevation check before the lookup of records', () => {
  it.each(aboutRecords)('%s checks the elevation before it looks up the record', async (name) => {
    const nowhere = { tenantId: 'nowhere', userId: '00000000-0000-4000-8000-000000000000' };
    expectChallenge(await administer(plain, name, nowhere));
    expectChallenge(await administer(elevatedForAcme, name, { ...nowhere, userId: 'no-uuid' }));
  });

  it.each<[AdminOperation, object]>([
    ['admin.tenants.create', { ...the.acme, credentials: undefined }],
    ['admin.tenants.update', { projectId: the.orchard.projectId }],
    ['admin.users.create', { email: the.editor.email, name: 'Another' }],
    ['admin.users.update', { email: the.editor.email }],
  ])('%s checks the elevation before it reports a conflict', async (name, body) => {
    expectChallenge(await administer(plain, name, target, { body }));
  });
});
