import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Browser } from '../support/browser.js';
import { perform, readPage } from '../support/forwarding.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

let bff: Bff;
let browser: Browser;
beforeAll(async () => {
  bff = await startBff();
  browser = await bff.signedIn(the.editor);
});
afterAll(() => bff.close());
beforeEach(() => bff.sinch.reset());

describe('connections to an upstream', () => {
  it('are kept alive: one serves reads and one serves writes, for every status and user', async () => {
    const other = await bff.signedIn(the.partner);
    await perform(browser, 'account.get');
    bff.sinch.production.answer([{ status: 404, body: {} }, { status: 204 }, { body: { ok: true } }]);
    await perform(browser, 'account.get');
    await perform(browser, 'account.delete');
    await perform(browser, 'comments.create');
    await perform(other, 'account.get', 'orchard');
    const connections = new Set(bff.sinch.production.requests.map(({ connection }) => connection));
    expect(bff.sinch.production.requests).toHaveLength(5);
    expect(connections.size).toBe(2);
  });

  it('serve one call at a time, and later calls reuse them', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    bff.sinch.production.answer(async () => {
      await held;
      return { body: { ok: true } };
    });
    const answers = Array.from({ length: 20 }, () => readPage(browser));
    while (bff.sinch.production.requests.length < 20) await bff.sinch.production.nextRequest();
    release();
    for (const { status } of await Promise.all(answers)) expect(status).toBe(200);
    const used = new Set(bff.sinch.production.requests.map(({ connection }) => connection));
    expect(used.size).toBe(20);

    bff.sinch.reset();
    await Promise.all(Array.from({ length: 20 }, () => readPage(browser)));
    for (const { connection } of bff.sinch.production.requests) expect(used).toContain(connection);
  });
});
