import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { expectProblem, operations, perform, readPage } from '../support/forwarding.js';
import { type RecordedRequest } from '../support/recording-upstream.js';
import { type CompleteReply } from '../support/reply.js';
import { type Bff } from '../support/start-bff.js';
import { type TokenEndpoint } from '../support/token-endpoint.js';
import { token, TokenFixture } from './token-fixture.js';

let fixture: TokenFixture;
let bff: Bff;
let tokens: TokenEndpoint;
beforeAll(async () => {
  fixture = await TokenFixture.start();
  ({ bff, tokens } = fixture);
});
beforeEach(() => fixture.reset());
afterAll(() => bff.close());

const expired: CompleteReply = {
  status: 401,
  headers: { 'www-authenticate': 'Bearer error="invalid_token", error_description="Token expired"' },
  body: { errorCode: 'unauthorized_error', message: 'Unauthorized error.', resolution: 'Check.' },
};
const unauthorized: CompleteReply = {
  ...expired,
  headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
};

describe('a call that is answered with 401 because its token has expired', () => {
  it.each(['account.get', 'account.create as partnerInitiated', 'account.delete'] as const)(
    '%s is repeated once with a new token and the same body (CRD-08)',
    async (title) => {
      bff.sinch.production.answer([expired, { status: 200, body: { ok: true } }]);
      tokens.answer([token('first'), token('second')]);
      const answer = await perform(fixture.browser, title);
      expect({ status: answer.status, json: answer.json }).toEqual({ status: 200, json: { ok: true } });

      const operation = operations[title];
      const body = 'body' in operation ? JSON.stringify(operation.body) : '';
      expect(fixture.sentTokens()).toEqual(['Bearer first', 'Bearer second']);
      expect(bff.sinch.production.requests.map((request) => request.body)).toEqual([body, body]);
      const [one, two] = bff.sinch.production.requests as [RecordedRequest, RecordedRequest];
      expect(two.headers['x-request-id']).toBe(one.headers['x-request-id']);
      expect(two.url).toBe(one.url);
      expect(tokens.requests).toHaveLength(2);
      expect(bff.sinch.allBut('production').requests).toEqual([]);
    },
  );

  it('and whose repetition gets the same is answered with 502 after two upstream and two token requests (CRD-08)', async () => {
    bff.sinch.production.answer(expired);
    const answer = await perform(fixture.browser, 'comments.create');
    expectProblem(answer, 502, 'bff_upstream_credentials_rejected');
    expect(bff.sinch.production.requests).toHaveLength(2);
    expect(tokens.requests).toHaveLength(2);
  });

  it('and whose repetition gets the same is answered with 502 also if each token is older than the cool-down (CRD-08)', async () => {
    bff.sinch.production.answer(() => {
      bff.turnClock(31_000);
      return expired;
    });
    expectProblem(
      await perform(fixture.browser, 'comments.create'),
      502,
      'bff_upstream_credentials_rejected',
    );
    expect(bff.sinch.production.requests).toHaveLength(2);
    expect(tokens.requests).toHaveLength(2);
  });

  it('and gets the same with every token causes two token requests, then one per cool-down (CRD-08)', async () => {
    bff.sinch.production.answer(expired);
    for (let call = 0; call < 5; call += 1) {
      expectProblem(await perform(fixture.browser, 'account.get'), 502, 'bff_upstream_credentials_rejected');
    }
    expect(tokens.requests).toHaveLength(2);
    expect(bff.sinch.production.requests).toHaveLength(6);
    bff.turnClock(30_000);
    for (let call = 0; call < 5; call += 1) await perform(fixture.browser, 'account.get');
    expect(tokens.requests).toHaveLength(3);
    expect(bff.sinch.production.requests).toHaveLength(11);
  });

  it('causes no further token request although other calls succeed, until a token was accepted for the cool-down (CRD-08)', async () => {
    const accepted = { status: 200, body: { ok: true } };
    bff.sinch.production.answer(({ method }) => (method === 'GET' ? accepted : expired));
    for (let call = 0; call < 10; call += 1) {
      await fixture.readAccount();
      expect((await perform(fixture.browser, 'comments.create')).status).toBe(502);
    }
    expect(tokens.requests).toHaveLength(2);
    bff.turnClock(30_000);
    await fixture.readAccount();
    bff.turnClock(30_000);
    await fixture.readAccount();
    expect(tokens.requests).toHaveLength(3);
    bff.sinch.production.answer([expired, accepted]);
    await fixture.readAccount();
    expect(tokens.requests).toHaveLength(4);
  });

  it('and whose repetition gets another error is answered with that error', async () => {
    const papi = { errorCode: 'account_exists', message: 'Account already exists.', resolution: 'None.' };
    bff.sinch.production.answer([expired, { status: 409, body: papi }]);
    expectProblem(await perform(fixture.browser, 'account.create as input'), 409, 'account_exists');
  });

  it('causes one token request together with nineteen others, and each is repeated once (CRD-08)', async () => {
    await fixture.readAccount();
    const old = fixture.sentTokens()[0];
    const [allArrived, renewed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let arrived = 0;
    bff.sinch.production.answer(async ({ headers }) => {
      if (headers.authorization !== old) {
        renewed.resolve();
        return { body: { ok: true } };
      }
      arrived += 1;
      const isLate = arrived > 10;
      if (arrived === 20) allArrived.resolve();
      await (isLate ? renewed : allArrived).promise;
      return expired;
    });
    const answers = await Promise.all(Array.from({ length: 20 }, () => readPage(fixture.browser)));
    for (const { status } of answers) expect(status).toBe(200);
    expect(tokens.requests).toHaveLength(2);
    expect(bff.sinch.production.requests).toHaveLength(1 + 20 + 20);
  });

  it('is answered with the error of the token endpoint if it issues no new token', async () => {
    bff.sinch.production.answer(expired);
    tokens.answer([token('first'), { status: 500 }]);
    expectProblem(await perform(fixture.browser, 'account.get'), 502, 'bff_upstream_invalid_response');
    expect(bff.sinch.production.requests).toHaveLength(1);
  });
});

describe('a call that is answered with another 401', () => {
  it('is answered with 502 after one upstream and one token request (CRD-08)', async () => {
    bff.sinch.production.answer(unauthorized);
    const answer = await perform(fixture.browser, 'comments.create');
    expectProblem(answer, 502, 'bff_upstream_credentials_rejected');
    expect(bff.sinch.production.requests).toHaveLength(1);
    expect(tokens.requests).toHaveLength(1);
  });

  it('causes a token request after at most 30 s and then succeeds', async () => {
    tokens.answer([token('refused'), token('good')]);
    bff.sinch.production.answer(({ headers }) =>
      headers.authorization === 'Bearer good' ? { body: { ok: true } } : unauthorized,
    );
    expect((await perform(fixture.browser, 'account.get')).status).toBe(502);
    bff.turnClock(30_000);
    expect((await perform(fixture.browser, 'account.get')).status).toBe(200);
    expect(tokens.requests).toHaveLength(2);
  });

  it('causes a token request at the next call if its token was older than the cool-down', async () => {
    tokens.answer([token('old'), token('good')]);
    await fixture.readAccount();
    bff.turnClock(60_000);
    bff.sinch.production.answer([unauthorized, { body: { ok: true } }]);
    expect((await perform(fixture.browser, 'account.get')).status).toBe(502);
    bff.turnClock(30_000);
    await fixture.readAccount();
    expect(fixture.sentTokens()).toEqual(['Bearer old', 'Bearer old', 'Bearer good']);
  });

  it('ten times causes at most two token requests', async () => {
    bff.sinch.production.answer(unauthorized);
    for (let call = 0; call < 10; call += 1) await perform(fixture.browser, 'account.get');
    expect(tokens.requests.length).toBeLessThanOrEqual(2);
  });
});
