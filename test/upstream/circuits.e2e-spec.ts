import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Answer, type Browser, type BrowserHeaders } from '../support/browser.js';
import { expectProblem, perform } from '../support/forwarding.js';
import { type Reply } from '../support/reply.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

let bff: Bff;
let editor: Browser;
beforeEach(async () => {
  bff = await startBff({ environment: { SINCH_TIMEOUT_MS: '1200' }, limitsUpstreamCalls: true });
  editor = await bff.signedIn(the.editor);
});
afterEach(() => bff.close());

const error = (status: number, errorCode: string): Reply => ({
  status,
  body: { errorCode, message: 'A message.', resolution: 'A resolution.' },
});

/** Different reads at once, so that they share no call. */
async function fail(times: number, headers: BrowserHeaders = {}): Promise<readonly Answer[]> {
  const reads = Array.from({ length: times }, (_, page) =>
    editor.request('GET', `/v1/tenants/acme/whatsapp/activities?pageToken=p${page}`, { headers }),
  );
  return Promise.all(reads);
}

const requests = (): number => bff.sinch.production.requests.length;

describe('the circuit of a tenant', () => {
  it.each<[name: string, reply: Reply]>([
    ['500 internal_error', error(500, 'internal_error')],
    ['503', error(503, 'anything')],
    ['connection resets', { raw: '', then: 'destroy' }],
    ['time-outs', { hang: true }],
  ])('opens after %s: calls are rejected without a request (RES-07)', async (_, reply) => {
    bff.sinch.production.answer(reply);
    await fail(5);
    const before = requests();
    const answer = await perform(editor, 'account.get');
    expectProblem(answer, 503, 'bff_upstream_unavailable');
    expect(answer.headers['retry-after']).toBe('5');
    expect(requests()).toBe(before);
  });

  it.each<[name: string, reply: Reply]>([
    ['404', error(404, 'account_not_found')],
    ['500 with a code of its own', error(500, 'facebook_Request_limit_reached')],
    ['429 of one resource', error(429, 'sender-register-too-many-requests')],
  ])('stays closed after %s (RES-07)', async (_, reply) => {
    bff.sinch.production.answer(reply);
    await fail(20);
    expect(requests()).toBe(20);
  });

  it('concerns neither other tenants nor writes nor other servers (RES-07)', async () => {
    bff.sinch.production.answer(({ method, url }) =>
      method === 'GET' && url.includes(the.acme.projectId) ? error(503, 'x') : { body: { ok: true } },
    );
    await fail(5);
    expectProblem(await perform(editor, 'account.get'), 503, 'bff_upstream_unavailable');
    expect((await perform(editor, 'comments.create')).status).toBe(200);
    expect((await perform(editor, 'account.get', 'harbour')).status).toBe(200);
    const partner = await bff.signedIn(the.partner);
    expect((await perform(partner, 'account.get', 'orchard')).status).toBe(200);
  });

  it('lets one probe through when its pause is over, and closes if it succeeds (RES-07)', async () => {
    bff.sinch.production.answer(error(503, 'x'));
    await fail(5);
    bff.turnClock(5_000);
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    bff.sinch.production.answer(async () => {
      await released;
      return { body: { ok: true } };
    });
    const arrived = bff.sinch.production.nextRequest();
    const probe = perform(editor, 'account.get');
    await arrived;
    const before = requests();
    expectProblem(await perform(editor, 'activities.list'), 503, 'bff_upstream_unavailable');
    expect(requests()).toBe(before);
    release();
    expect((await probe).status).toBe(200);
    expect((await perform(editor, 'activities.list')).status).toBe(200);
  });

  it('recovers within 30 seconds after the upstream did, however long that was away (RES-07)', async () => {
    bff.sinch.production.answer(error(503, 'x'));
    await fail(5);
    for (let probe = 0; probe < 6; probe += 1) {
      bff.turnClock(30_000);
      await fail(1);
    }
    bff.sinch.reset();
    bff.turnClock(20_000);
    expect((await perform(editor, 'account.get')).status).toBe(200);
  });
});

it('callers that want to wait less than usual do not open the circuit (RES-05)', async () => {
  bff.sinch.production.answer({ hang: true });
  for (const answer of await fail(6, { prefer: 'wait=1' }))
    expectProblem(answer, 504, 'bff_upstream_timeout');
  bff.sinch.reset();
  expect((await perform(editor, 'account.get')).status).toBe(200);
});
