import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Browser } from '../support/browser.js';
import { expectProblem } from '../support/forwarding.js';
import { expectNothingAsked } from '../support/raw-answer.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';
import { ROUTES } from '../../apps/bff/src/http/routes.js';

let bff: Bff;
let browser: Browser;
beforeAll(async () => {
  bff = await startBff();
  browser = await bff.signedIn(the.editor);
});
afterAll(() => bff.close());

const targets = Object.values(ROUTES)
  .filter(({ path }) => path !== '/')
  .flatMap(({ method, path }): [method: string, target: string][] => {
    const filled = path.replace(':tenantId', 'acme').replace(/:\w+/, 'x');
    const withoutId = path.replace(':tenantId', 'acme').replace(/:\w+$/, '');
    return [
      [method, `${filled}/`],
      ...(withoutId.endsWith('/') ? [[method, withoutId] as [string, string]] : []),
    ];
  });

it.each(targets)('%s %s is not a route (PRX-02)', async (method, target) => {
  bff.sinch.reset();
  expectProblem(await browser.request(method, target), 404, 'bff_route_not_found');
  expectNothingAsked(bff.sinch);
});

it('an empty page token counts as absent, and one of 8 KiB reaches the upstream', async () => {
  const activities = '/v1/tenants/acme/whatsapp/activities';
  expect((await browser.get(`${activities}?pageToken=&pageSize=2`)).status).toBe(200);
  expect(bff.sinch.production.lastRequest.url).not.toContain('pageToken');
  expect((await browser.get('/v1/tenants?pageToken=')).status).toBe(200);
  const token = 'a'.repeat(8_192);
  expect((await browser.get(`${activities}?pageToken=${token}`)).status).toBe(200);
  expect(bff.sinch.production.lastRequest.url).toContain(`pageToken=${token}`);
  bff.sinch.reset();
  expectProblem(await browser.get(`${activities}?pageToken=${token}a`), 400, 'bff_invalid_input');
  expectProblem(await browser.get(`${activities}?pageToken=&pageToken=`), 400, 'bff_invalid_input');
  expect(bff.sinch.all.requests).toEqual([]);
});

it.each(['/docs', '/openapi.json'])('%s opens from a link on a sibling host', async (path) => {
  const headers = { 'x-csrf': undefined, 'sec-fetch-site': 'same-site' };
  expect((await browser.get(path, undefined, { ...headers, 'sec-fetch-dest': 'document' })).status).toBe(200);
  const framed = await browser.get(path, undefined, { ...headers, 'sec-fetch-dest': 'iframe' });
  expectProblem(framed, 403, 'bff_origin_not_allowed');
});
