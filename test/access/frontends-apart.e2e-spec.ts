import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { administer, administrating, adminOperations, deputy } from '../support/administering.js';
import { type Browser } from '../support/browser.js';
import { codeAt, REASON } from '../support/elevating.js';
import { expectProblem } from '../support/forwarding.js';
import { expectNothingAsked } from '../support/raw-answer.js';
import { type Bff, type FrontendName, frontends, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

const names = Object.keys(frontends) as FrontendName[];
const pairs = names.flatMap((from) => names.filter((to) => to !== from).map((to) => [from, to] as const));
const userFrontends = names.filter((name) => name !== 'admin');
const unknownTarget = { tenantId: 'acme', userId: '00000000-0000-4000-8000-000000000000' };

let bff: Bff;
const owners = new Map<FrontendName, Browser>();
let elevated: Browser;
beforeAll(async () => {
  bff = await startBff({ directory: { ...the.directory, users: [...the.directory.users, deputy] } });
  for (const name of names) owners.set(name, await bff.signedIn(the.admin, name));
  elevated = await administrating(bff, deputy);
});
afterAll(() => bff.close());
afterEach(async () => {
  expectNothingAsked(bff.sinch);
  for (const owner of [...owners.values(), elevated]) expect((await owner.get('/session')).status).toBe(200);
});

/** A browser that sends all cookies of another browser to the given frontend. */
function sendingTo(frontend: FrontendName, { cookies }: Browser): Browser {
  const browser = bff.browser(frontend);
  for (const [name, value] of cookies) browser.setCookie(name, value);
  return browser;
}

const sessionOn = (frontend: FrontendName): Browser => owners.get(frontend) as Browser;

describe('cookies of a session on another frontend', () => {
  it.each(pairs)('the cookies of %s do not authenticate on %s (AZT-14)', async (from, to) => {
    for (const path of [
      '/session',
      '/sessions',
      '/v1/tenants',
      '/v1/tenants/harbour/whatsapp',
      '/v1/admin/tenants',
    ]) {
      const answer = await sendingTo(to, sessionOn(from)).get(path);
      expectProblem(answer, 401, 'bff_session_required');
    }
    const elevation = { code: codeAt(bff.now()), reason: REASON };
    const answer = await sendingTo(to, sessionOn(from)).post('/session/elevation', elevation);
    expectProblem(answer, 401, 'bff_session_required');
    expect((await sendingTo(to, sessionOn(from)).delete('/session')).status).toBe(204);
  });

  it.each(userFrontends)(
    'the cookies of an elevated admin do not authenticate on %s (AZT-14)',
    async (to) => {
      for (const name of adminOperations) {
        expectProblem(
          await administer(sendingTo(to, elevated), name, unknownTarget),
          401,
          'bff_session_required',
        );
      }
    },
  );
});

describe('the admin routes', () => {
  it.each(userFrontends)('the admin routes reject an admin on %s (AZT-14)', async (frontend) => {
    for (const name of adminOperations) {
      expectProblem(await administer(sessionOn(frontend), name, unknownTarget), 403, 'bff_role_required');
    }
    const elevation = { code: codeAt(bff.now()), reason: REASON };
    const answer = await sessionOn(frontend).post('/session/elevation', elevation);
    expectProblem(answer, 403, 'bff_role_required');
  });
});

describe('the frontend of a request', () => {
  it.each(pairs)('the frontend %s rejects writes from the origin of %s (AZT-14)', async (to, from) => {
    const { origin } = frontends[from];
    const answer = await sessionOn(to).delete('/sessions', undefined, { origin });
    expectProblem(answer, 403, 'bff_origin_not_allowed');
  });

  it.each(userFrontends)(
    'the frontend %s ignores the host of the admin frontend in headers other than Host (AZT-14)',
    async (to) => {
      const { host } = new URL(frontends.admin.origin);
      for (const header of ['x-forwarded-host', 'forwarded', 'x-host', 'x-original-host']) {
        const value = header === 'forwarded' ? `host=${host}` : host;
        const answer = await sendingTo(to, elevated).get('/v1/admin/tenants', undefined, { [header]: value });
        expectProblem(answer, 401, 'bff_session_required');
      }
    },
  );

  it.each(names)(
    'the frontend %s does not serve the routes of the management listener (AZT-14)',
    async (name) => {
      for (const path of ['/metrics', '/health/live', '/health/ready']) {
        expectProblem(await sessionOn(name).get(path), 404, 'bff_route_not_found');
      }
    },
  );
});
