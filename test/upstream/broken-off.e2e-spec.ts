import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Browser } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { expectProblem, type OperationTitle, perform, readPage } from '../support/forwarding.js';
import { type Reply } from '../support/reply.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

const MiB = 1024 * 1024;
const head = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n';
const unreachable = 'bff_upstream_unreachable';
const invalid = 'bff_upstream_invalid_response';

/** Far less than the deadline of a call. */
const SOON_MS = 1_000;

let bff: Bff;
let browser: Browser;
beforeAll(async () => {
  bff = await startBff();
  browser = await bff.signedIn(the.editor);
});
afterAll(() => bff.close());
beforeEach(() => bff.sinch.reset());

describe('a response that the upstream breaks off', () => {
  it.each<[title: OperationTitle, where: string, raw: string, errorCode: string]>([
    ['comments.create', 'before the first byte', '', unreachable],
    ['account.delete', 'before the first byte', '', unreachable],
    ['account.get', 'within the headers', head, unreachable],
    ['account.get', 'within the body', `${head}Content-Length: 9\r\n\r\n{"a"`, invalid],
    ['comments.create', 'within the body', `${head}Content-Length: 9\r\n\r\n{"a"`, invalid],
  ])('ends %s at once with 502, %s (PRX-20)', async (title, _, raw, errorCode) => {
    let brokenOffAt = 0;
    bff.sinch.production.answer((): Reply => {
      brokenOffAt = performance.now();
      return { raw, then: 'destroy' };
    });
    expectProblem(await perform(browser, title), 502, errorCode);
    expect(performance.now() - brokenOffAt).toBeLessThan(SOON_MS);
  });

  it('leaves no connection open and does not count against the limit of its tenant (PRX-20)', async () => {
    bff.sinch.production.answer({ raw: head, then: 'destroy' });
    for (let round = 0; round < 4; round += 1) {
      const answers = await Promise.all(Array.from({ length: 20 }, () => readPage(browser)));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([502]));
    }
    await eventually(() => expect(bff.sinch.production.openConnections).toBe(0), { withinMs: 5_000 });
    bff.sinch.reset();
    expect((await perform(browser, 'account.get')).status).toBe(200);
  });

  it('holds no part of the memory for responses (PRX-20)', async () => {
    // A tenant may hold 128 MiB.
    const body = Buffer.alloc(8 * MiB + 1, ' ');
    bff.sinch.production.answer({
      headers: { 'content-type': 'application/json' },
      body,
      cutAt: 8 * MiB,
    });
    for (let call = 0; call < 18; call += 1) {
      expectProblem(await perform(browser, 'account.get'), 502, invalid);
    }
    bff.sinch.reset();
    expect((await perform(browser, 'account.get')).status).toBe(200);
  });
});
