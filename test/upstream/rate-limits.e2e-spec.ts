import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Browser } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { expectProblem, perform } from '../support/forwarding.js';
import { type Reply } from '../support/reply.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

let bff: Bff;
let editor: Browser;
beforeEach(async () => {
  bff = await startBff({ limitsUpstreamCalls: true });
  editor = await bff.signedIn(the.editor);
});
afterEach(() => bff.close());

const tooMany = (retryAfter?: string): Reply => ({
  status: 429,
  ...(retryAfter !== undefined && { headers: { 'retry-after': retryAfter } }),
  body: { errorCode: 'too_many_requests', message: 'Too many requests.', resolution: 'Wait.' },
});

describe('after a 429 that concerns the tenant', () => {
  it.each<[name: string, reply: Reply, seconds: number]>([
    ['too_many_requests', tooMany('20'), 20],
    ['too_many_requests without a time', tooMany(), 1],
    ['no error code', { status: 429, headers: { 'retry-after': '3' }, body: 'Slow down.' }, 3],
    ['a time above a minute', tooMany('3600'), 60],
  ])('%s: its calls are rejected without a request until the time is over (RES-10)', async (...row) => {
    const [, reply, seconds] = row;
    bff.sinch.production.answer(reply);
    expect((await perform(editor, 'account.get')).status).toBe(429);
    bff.sinch.reset();
    for (const title of ['account.get', 'comments.create'] as const) {
      const answer = await perform(editor, title);
      expectProblem(answer, 429, 'bff_rate_limited');
      expect(answer.headers['retry-after']).toBe(String(seconds));
    }
    expect(bff.sinch.production.requests).toEqual([]);
    bff.turnClock(seconds * 1_000 - 1);
    expectProblem(await perform(editor, 'account.get'), 429, 'bff_rate_limited');
    bff.turnClock(1);
    expect((await perform(editor, 'account.get')).status).toBe(200);
  });

  it('other tenants and other servers are not affected (RES-10)', async () => {
    bff.sinch.production.answer(tooMany('20'));
    await perform(editor, 'account.get');
    bff.sinch.reset();
    expect((await perform(editor, 'account.get', 'harbour')).status).toBe(200);
    const partner = await bff.signedIn(the.partner);
    expect((await perform(partner, 'account.get', 'orchard')).status).toBe(200);
  });
});

it('a 429 that concerns one resource is only relayed (RES-10)', async () => {
  const errorCode = 'sender-register-too-many-requests';
  bff.sinch.production.answer({ status: 429, body: { errorCode, message: 'X.', resolution: 'Y.' } });
  expectProblem(await perform(editor, 'account.get'), 429, errorCode);
  bff.sinch.reset();
  expect((await perform(editor, 'account.get')).status).toBe(200);
});

it('while the event loop is overloaded, new calls are rejected, and sign-out is served', async () => {
  const other = await bff.signedIn(the.editor);
  for (let block = 0; block < 4; block += 1) {
    const end = performance.now() + 350;
    while (performance.now() < end);
    await turn();
  }
  const [call, signOut] = await Promise.all([perform(editor, 'account.get'), other.delete('/session')]);
  expectProblem(call, 503, 'bff_overloaded');
  expect(signOut.status).toBe(204);
  await eventually(async () => expect((await perform(editor, 'account.get')).status).toBe(200), {
    withinMs: 5_000,
  });
});
