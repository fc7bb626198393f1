import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Answer } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { expectProblem, perform } from '../support/forwarding.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

const CALLS = 300;
/** In-flight calls that every tenant may have (docs/contract.md section 5). */
const GUARANTEED_CALLS = 20;

let bff: Bff;
beforeAll(async () => {
  bff = await startBff();
});
afterAll(() => bff.close());

it('hanging calls of a tenant fill only its own limit, and its further calls are rejected at once (RES-08)', async () => {
  const editor = await bff.signedIn(the.editor);
  const partner = await bff.signedIn(the.partner);
  bff.sinch.production.answer(({ url }) =>
    url.includes(the.acme.projectId) ? { hang: true } : { body: { ok: true } },
  );
  const leave = new AbortController();
  const rejected: Answer[] = [];
  // Different reads, so that they share no call.
  const calls = Array.from({ length: CALLS }, async (_, page) => {
    const path = `/v1/tenants/acme/whatsapp/activities?pageToken=${page}`;
    rejected.push(await editor.request('GET', path, { signal: leave.signal }));
  });
  const settled = Promise.allSettled(calls);
  try {
    await eventually(() => expect(bff.sinch.production.requests.length + rejected.length).toBe(CALLS), {
      withinMs: 10_000,
    });
    const inFlight = bff.sinch.production.requests.length;
    expect(inFlight).toBeGreaterThanOrEqual(GUARANTEED_CALLS);
    expect(inFlight).toBeLessThanOrEqual(CALLS / 3);
    for (const answer of rejected) {
      expectProblem(answer, 503, 'bff_overloaded');
      expect(answer.headers['retry-after']).toMatch(/^\d+$/);
    }
    expect((await perform(partner, 'account.get', 'orchard')).status).toBe(200);
  } finally {
    leave.abort();
    await settled;
  }
  bff.sinch.reset();
  await eventually(async () => expect((await perform(editor, 'account.get')).status).toBe(200), {
    withinMs: 5_000,
  });
});
