import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Answer } from '../support/browser.js';
import { expectNoSecrets, expectProblem, type OperationTitle } from '../support/forwarding.js';
import { expectNothingAsked } from '../support/raw-answer.js';
import { type RecordedRequest } from '../support/recording-upstream.js';
import {
  authorizationOf,
  authorizations,
  basic,
  type CredentialRecord,
  CredentialsFixture,
  issued,
  latch,
  pathOf,
  SCHEMES,
} from './credentials-fixture.js';

const ISO = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as unknown;

let fixture: CredentialsFixture;
beforeAll(async () => {
  fixture = await CredentialsFixture.start();
});
afterAll(() => fixture.close());
beforeEach(() => fixture.storeNewKey());

describe.each(SCHEMES)('new credentials of scheme %s', (scheme) => {
  it('new credentials are checked once at the token endpoint before they replace the old ones (CRD-05)', async () => {
    await fixture.expectServedBy(fixture.old);
    const before = await fixture.read();
    fixture.bff.sinch.reset();
    const key = fixture.newKey(scheme);
    const concurrentReads: unknown[] = [];
    fixture.tokens.answer(async () => {
      await fixture.expectServedBy(fixture.old);
      concurrentReads.push(await fixture.read());
      return issued;
    });
    const answer = await fixture.set(key);
    fixture.expectTried(key);
    expect(concurrentReads).toEqual([
      { ...before, lastSuccessAt: new Date(fixture.bff.now()).toISOString() },
    ]);
    const { version, createdAt } = before;
    const { version: newer } = answer.json as CredentialRecord;
    expect({ status: answer.status, json: answer.json }).toEqual({
      status: 200,
      json: {
        ...{ scheme, keyId: key.keyId, version: newer, lastSuccessAt: null, checked: true },
        ...{ createdAt, updatedAt: ISO },
      },
    });
    expectNoSecrets(answer);
    expect(newer).toBeGreaterThan(version);
    fixture.bff.sinch.reset();
    await fixture.expectServedBy(key);
    const lastSuccessAt = new Date(fixture.bff.now()).toISOString();
    expect(await fixture.read()).toEqual({ ...(answer.json as object), checked: undefined, lastSuccessAt });
    expect(authorizations(fixture.tokens.requests)).toEqual(scheme === 'basic' ? [] : [basic(key)]);
    expect(fixture.bff.sinch.allBut('production').requests).toEqual([]);
  });

  it('calls in flight complete with the old credentials, and later calls use the new ones', async () => {
    await fixture.set({ ...fixture.old, scheme });
    const began = { ...fixture.old, scheme };
    const held = latch();
    fixture.bff.sinch.production.answer(async () => {
      await held.opened;
      return { body: { ok: true } };
    });
    const before = Array.from({ length: 30 }, () => fixture.readPage());
    while (fixture.bff.sinch.production.requests.length < 30)
      await fixture.bff.sinch.production.nextRequest();
    const key = fixture.newKey(scheme);
    expect((await fixture.set(key)).status).toBe(200);
    const after = Array.from({ length: 30 }, () => fixture.readPage());
    while (fixture.bff.sinch.production.requests.length < 60)
      await fixture.bff.sinch.production.nextRequest();
    held.open();
    const answers = await Promise.all([...before, ...after]);
    expect(answers.map(({ status }) => status)).toEqual(Array<number>(60).fill(200));
    const { requests } = fixture.bff.sinch.production;
    expect(authorizations(requests.slice(0, 30))).toEqual(Array(30).fill(authorizationOf(began)));
    expect(authorizations(requests.slice(30))).toEqual(Array(30).fill(authorizationOf(key)));
    expect(requests).toHaveLength(60);
  });

  it('a call whose token request is rejected for the old key uses the new credentials', async () => {
    const key = fixture.newKey(scheme);
    const held = latch();
    fixture.tokens.answer(async ({ headers }) => {
      if (headers.authorization !== basic(fixture.old)) return issued;
      await held.opened;
      return { status: 401, body: { error: 'invalid_client' } };
    });
    const waiting = fixture.call();
    await fixture.tokens.nextRequest();
    expect((await fixture.set(key)).status).toBe(200);
    held.open();
    expect((await waiting).status).toBe(200);
    const carried = scheme === 'basic' ? basic(key) : 'Bearer a-token';
    expect(authorizations(fixture.bff.sinch.production.requests)).toEqual([carried]);
  });

  it('a replacement under load fails none of at least 200 calls', async () => {
    await fixture.set({ ...fixture.old, scheme });
    const key = fixture.newKey(scheme);
    fixture.bff.sinch.production.answer(
      () => new Promise((reply) => setTimeout(reply, 5, { body: { ok: true } })),
    );
    let left = 200;
    let replaced: Promise<Answer> | undefined;
    let isReplaced = false;
    const later = new Set<unknown>();
    const answers: Answer[] = [];
    const work = async (): Promise<void> => {
      while (left > 0 || later.size < 60) {
        left -= 1;
        if (left === 120) replaced = fixture.set(key).finally(() => (isReplaced = true));
        const beganAfter = isReplaced;
        const answer = await fixture.readPage();
        answers.push(answer);
        if (beganAfter) later.add(answer.headers['x-request-id']);
      }
    };
    await Promise.all(Array.from({ length: 20 }, work));
    expect((await replaced)?.status).toBe(200);
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    const { requests } = fixture.bff.sinch.production;
    expect(answers.length).toBeGreaterThanOrEqual(200);
    expect(requests).toHaveLength(answers.length);
    const isLater = ({ headers }: RecordedRequest): boolean => later.has(headers['x-request-id']);
    const late = requests.filter(isLater);
    expect(late).toHaveLength(later.size);
    expect(authorizations(late)).toEqual(Array(late.length).fill(authorizationOf(key)));
    expect(requests[0]?.headers.authorization).toEqual(authorizationOf({ ...fixture.old, scheme }));
  });

  it.each<[OperationTitle]>([['account.get'], ['account.create as partnerInitiated'], ['account.delete']])(
    'the retry of %s after a 401 for the old credentials uses the new ones (CRD-08)',
    async (title) => {
      await fixture.set({ ...fixture.old, scheme });
      const began = { ...fixture.old, scheme };
      const held = latch();
      const first = fixture.bff.sinch.production.nextRequest();
      fixture.bff.sinch.production.answer(async ({ headers: { authorization = '' } }) => {
        await held.opened;
        const isOld = authorization.includes(fixture.old.keyId) || authorization === basic(fixture.old);
        return isOld
          ? { status: 401, body: {} }
          : { status: title === 'account.delete' ? 204 : 200, body: {} };
      });
      const asked = fixture.call(title);
      await first;
      const key = fixture.newKey(scheme);
      await fixture.set(key);
      held.open();
      expect((await asked).status).toBeLessThan(300);
      const { requests } = fixture.bff.sinch.production;
      expect(authorizations(requests)).toEqual([authorizationOf(began), authorizationOf(key)]);
      expect(requests[1]?.body).toBe(requests[0]?.body);
    },
  );
});

describe('erased credentials', () => {
  it('erased credentials serve no further call, and no row of them remains (CRD-10, CRD-13)', async () => {
    const { version } = await fixture.read();
    await fixture.expectServedBy(fixture.old);
    const held = latch();
    fixture.bff.sinch.production.answer(() => held.opened.then(() => ({ body: {} })));
    const first = fixture.bff.sinch.production.nextRequest();
    const inFlight = fixture.call();
    await first;
    expect((await fixture.admin.delete(pathOf('acme'))).status).toBe(204);
    held.open();
    expect((await inFlight).status).toBe(200);
    fixture.bff.sinch.reset();
    expectProblem(await fixture.call(), 503, 'bff_upstream_unavailable');
    expectNothingAsked(fixture.bff.sinch);
    expectProblem(await fixture.admin.get(pathOf('acme')), 404, 'bff_not_found');
    expectProblem(await fixture.admin.delete(pathOf('acme')), 404, 'bff_not_found');
    expectProblem(await fixture.check(), 404, 'bff_not_found');
    await fixture.bff.sql(`do $$ begin
      if exists (select from tenant_credentials where tenant_id = 'acme') then raise 'a row remains'; end if;
    end $$`);
    expect((await fixture.set(fixture.old)).status).toBe(200);
    expect((await fixture.read()).version).toBeGreaterThan(version);
    await fixture.expectServedBy(fixture.old);
  });
});
