import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { expectProblem } from '../support/forwarding.js';
import { basic, CredentialsFixture, issued, latch, pathOf, SCHEMES } from './credentials-fixture.js';

let fixture: CredentialsFixture;
beforeAll(async () => {
  fixture = await CredentialsFixture.start();
});
afterAll(() => fixture.close());
beforeEach(() => fixture.storeNewKey());

describe('a check of credentials', () => {
  it('a check without a body checks the stored credentials of either scheme and keeps the current token', async () => {
    for (const scheme of SCHEMES) {
      fixture.bff.sinch.reset();
      await fixture.set({ ...fixture.old, scheme });
      await fixture.call();
      fixture.bff.sinch.reset();
      const before = await fixture.read();
      expect((await fixture.check()).json).toEqual({ ok: true });
      fixture.expectTried(fixture.old);
      await fixture.expectServedBy({ ...fixture.old, scheme });
      fixture.tokens.answer({ status: 401, body: { error: 'invalid_client' } });
      expect((await fixture.check()).json).toEqual({ ok: false, errorCode: 'bff_credentials_refused' });
      await fixture.expectServedBy({ ...fixture.old, scheme });
      expect(fixture.tokens.requests).toHaveLength(2);
      expect(await fixture.read()).toEqual(before);
    }
  });

  it('a check with a body checks the credentials in it and does not store them', async () => {
    const before = await fixture.read();
    const key = fixture.newKey('basic');
    expect((await fixture.check(key)).json).toEqual({ ok: true });
    fixture.expectTried(key);
    expect(await fixture.read()).toEqual(before);
    await fixture.expectServedBy(fixture.old);
    expect((await fixture.check(fixture.newKey(), 'bare')).json).toEqual({
      ok: false,
      errorCode: 'bff_upstream_unavailable',
    });
    expectProblem(await fixture.admin.get(pathOf('bare')), 404, 'bff_not_found');
    expectProblem(await fixture.check(undefined, 'bare'), 404, 'bff_not_found');
  });

  it('checks that hang in one environment do not block checks in another', async () => {
    const held = latch();
    fixture.tokens.answer(async () => {
      await held.opened;
      return issued;
    });
    const hanging = Array.from({ length: 4 }, () => fixture.check());
    while (fixture.tokens.requests.length < 4) await fixture.tokens.nextRequest();
    expectProblem(await fixture.check(), 503, 'bff_overloaded');
    expect((await fixture.check(fixture.newKey(), 'lantern')).json).toEqual({ ok: true });
    held.open();
    expect((await Promise.all(hanging)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  });

  it('checks that hang do not delay calls, including calls that need their first token (CRD-12)', async () => {
    const hanging = Array.from({ length: 4 }, () => fixture.newKey());
    fixture.tokens.answer(({ headers }) =>
      headers.authorization === basic(fixture.old) ? issued : { hang: true },
    );
    const checks = hanging.map((key) => fixture.check(key));
    while (fixture.tokens.requests.length < 4) await fixture.tokens.nextRequest();
    const calls = await Promise.all(Array.from({ length: 20 }, () => fixture.call()));
    expect(calls.map(({ status }) => status)).toEqual(Array<number>(20).fill(200));
    expect((await fixture.call('account.get', 'lantern')).status).toBe(200);
    expectProblem(await fixture.check(fixture.newKey()), 503, 'bff_overloaded');
    const answers = await Promise.all(checks);
    for (const { json } of answers) expect(json).toEqual({ ok: false, errorCode: 'bff_upstream_timeout' });
    fixture.tokens.answer(issued);
    expect((await fixture.check(fixture.newKey())).json).toEqual({ ok: true });
  });
});
