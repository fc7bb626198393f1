import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Browser } from '../support/browser.js';
import { expectProblem, type OperationTitle, perform } from '../support/forwarding.js';
import { type Reply } from '../support/reply.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

let bff: Bff;
let browser: Browser;
beforeAll(async () => {
  bff = await startBff();
  browser = await bff.signedIn(the.editor);
});
afterAll(() => bff.close());
beforeEach(() => {
  bff.sinch.reset();
  // The budget of retries is full again.
  bff.turnClock(10_000);
});

const requests = (): number => bff.sinch.production.requests.length;
const gateway = (status: number, headers: Record<string, string> = {}): Reply => ({
  status,
  headers: { 'content-type': 'text/html', ...headers },
  body: '<html>Bad gateway</html>',
});
const ok: Reply = { body: { ok: true } };
const writes: OperationTitle[] = ['comments.create', 'account.update with input', 'account.delete'];

describe('a read', () => {
  it.each([502, 503, 504])('is sent again after a %i of a gateway (RES-06)', async (status) => {
    bff.sinch.production.answer([gateway(status), gateway(status), ok]);
    expect((await perform(browser, 'account.get')).status).toBe(200);
    expect(requests()).toBe(3);
  });

  it('is sent at most three times (RES-06)', async () => {
    bff.sinch.production.answer(gateway(503));
    expectProblem(await perform(browser, 'account.get'), 503, 'bff_upstream_unavailable');
    expect(requests()).toBe(3);
  });

  it.each<[name: string, reply: Reply]>([
    ['an error of the upstream', { status: 503, body: { errorCode: 'x', message: 'X.', resolution: 'Y.' } }],
    ['a 500', gateway(500)],
    ['a 429', gateway(429)],
    ['a 404', gateway(404)],
    ['a redirect', { status: 302, headers: { location: '/' } }],
  ])('is sent once if the response is %s', async (_, reply) => {
    bff.sinch.production.answer(reply);
    await perform(browser, 'account.get');
    expect(requests()).toBe(1);
    bff.turnClock(1_000);
  });

  it('waits as long as Retry-After says (RES-06)', async () => {
    bff.sinch.production.answer([gateway(503, { 'retry-after': '1' }), ok]);
    const startedAt = performance.now();
    expect((await perform(browser, 'account.get')).status).toBe(200);
    expect(performance.now() - startedAt).toBeGreaterThan(990);
  });

  it('is not sent again if Retry-After exceeds the deadline (RES-06)', async () => {
    bff.sinch.production.answer(gateway(503, { 'retry-after': '11' }));
    const answer = await perform(browser, 'account.get');
    expectProblem(answer, 503, 'bff_upstream_unavailable');
    expect(answer.headers['retry-after']).toBe('11');
    expect(requests()).toBe(1);
  });
});

it.each(writes)('%s is never sent again (RES-06)', async (title) => {
  bff.sinch.production.answer([gateway(503), ok]);
  expectProblem(await perform(browser, title), 503, 'bff_upstream_unavailable');
  expect(requests()).toBe(1);
});

it('all reads of a tenant together are sent again for a tenth of them (RES-06)', async () => {
  bff.sinch.production.answer(gateway(502));
  const reads = Array.from({ length: 60 }, (_, page) =>
    browser.get(`/v1/tenants/acme/whatsapp/activities?pageToken=p${page}`),
  );
  await Promise.all(reads);
  expect(requests()).toBeGreaterThan(62);
  expect(requests()).toBeLessThanOrEqual(60 + 6 + 2);
});
