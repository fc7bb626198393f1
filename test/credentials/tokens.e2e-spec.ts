import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Browser } from '../support/browser.js';
import { expectProblem, operations, perform } from '../support/forwarding.js';
import { type RecordedRequest } from '../support/recording-upstream.js';
import { type WholeReply } from '../support/reply.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';
import { type TokenEndpoint } from '../support/token-endpoint.js';

let bff: Bff;
let browser: Browser;
let tokens: TokenEndpoint;
beforeAll(async () => {
  bff = await startBff();
  tokens = bff.sinch.tokens.production;
});
afterAll(() => bff.close());

let keys = 0;
const keyId = (): string => `acme-key-${keys}`;
beforeEach(async () => {
  bff.sinch.reset();
  await rotate();
  browser = await bff.signedIn(the.editor);
});

/** Gives acme new credentials, which have neither a token nor a cool-down. */
async function rotate(): Promise<void> {
  keys += 1;
  const credentials = { scheme: 'oauth2', keyId: keyId(), keySecret: `acme-canary-secret-${keys}` };
  await bff.apply({ tenants: [{ ...the.acme, credentials }] });
}

async function readAccount(times = 1): Promise<void> {
  for (let calls = 0; calls < times; calls += 1) {
    expect((await perform(browser, 'account.get')).status).toBe(200);
  }
}

function token(access_token: string, expires_in = 600): WholeReply {
  return { body: { access_token, expires_in, token_type: 'bearer' } };
}

function sentTokens(): (string | undefined)[] {
  return bff.sinch.production.requests.map(({ headers }) => headers.authorization);
}

const expired: WholeReply = {
  status: 401,
  headers: { 'www-authenticate': 'Bearer error="invalid_token", error_description="Token expired"' },
  body: { errorCode: 'unauthorized_error', message: 'Unauthorized error.', resolution: 'Check.' },
};
const unauthorized: WholeReply = {
  ...expired,
  headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
};

describe('the token request', () => {
  it('is the client credentials grant with HTTP Basic, sent only to the token endpoint of its server', async () => {
    await readAccount();
    const { method, url, headers, body } = tokens.lastRequest;
    expect({ method, url, body }).toEqual({
      method: 'POST',
      url: '/oauth2/token',
      body: 'grant_type=client_credentials',
    });
    const pair = Buffer.from(`${keyId()}:acme-canary-secret-${keys}`).toString('base64');
    expect(headers).toMatchObject({
      authorization: `Basic ${pair}`,
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
    });
    expect(JSON.stringify(headers)).not.toMatch(/bff-session|x-csrf|console\.bff\.test/);
    const others = Object.values(bff.sinch.tokens).filter((endpoint) => endpoint !== tokens);
    expect(others.flatMap(({ requests }) => requests)).toEqual([]);
    expect(bff.sinch.allBut('production').requests).toEqual([]);
  });

  it('contains a secret with arbitrary characters unchanged', async () => {
    const keySecret = 'ca:na%ry+ €"\\ü';
    const credentials = { scheme: 'oauth2', keyId: 'plain+key/=', keySecret };
    await bff.apply({ tenants: [{ ...the.acme, credentials }] });
    await readAccount();
    const encoded = tokens.lastRequest.headers.authorization?.replace('Basic ', '') ?? '';
    expect(Buffer.from(encoded, 'base64').toString()).toBe(`plain+key/=:${keySecret}`);
  });

  it('is sent once for twenty simultaneous first calls (CRD-07)', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => perform(browser, 'account.get')));
    expect(answers.map(({ status }) => status)).toEqual(Array<number>(20).fill(200));
    expect(tokens.requests).toHaveLength(1);
    expect(new Set(sentTokens()).size).toBe(1);
    expect(bff.sinch.production.requests).toHaveLength(20);
  });

  it('is not sent for a call that is rejected earlier', async () => {
    await browser.post('/v1/tenants/acme/whatsapp/comments', { comment: '' });
    await browser.get('/v1/tenants/orchard/whatsapp');
    await (await bff.signedIn(the.viewer)).delete('/v1/tenants/acme/whatsapp');
    await browser.get('/v1/tenants/acme/route');
    expect(tokens.requests).toEqual([]);
    expect(bff.sinch.all.requests).toEqual([]);
  });
});

describe('a token', () => {
  it('is used until 60 s before its expiry, and then during its renewal', async () => {
    tokens.answer([token('first'), token('second')]);
    await readAccount(2);
    bff.turnClock(539_999);
    await readAccount();
    expect(tokens.requests).toHaveLength(1);

    bff.turnClock(1);
    const renewed = tokens.nextRequest();
    await readAccount();
    await renewed;
    expect(tokens.requests).toHaveLength(2);
    expect(sentTokens()).toEqual(Array<string>(4).fill('Bearer first'));

    while (sentTokens().at(-1) === 'Bearer first') await readAccount();
    expect(sentTokens().at(-1)).toBe('Bearer second');
    expect(tokens.requests).toHaveLength(2);
  });

  it('is used until its expiry while the token endpoint is unavailable, without a token request for each call', async () => {
    tokens.answer([token('first'), { status: 500 }]);
    await readAccount();
    bff.turnClock(550_000);
    const renewed = tokens.nextRequest();
    await readAccount();
    await renewed;
    await readAccount(10);
    expect(tokens.requests).toHaveLength(2);
    expect(new Set(sentTokens())).toEqual(new Set(['Bearer first']));
  });

  it('is used while its renewal hangs', async () => {
    tokens.answer([token('first'), { hang: true }]);
    await readAccount();
    bff.turnClock(540_000);
    const renewed = tokens.nextRequest();
    await readAccount();
    await renewed;
    bff.turnClock(30_000);
    await readAccount(3);
    expect(tokens.requests).toHaveLength(2);
    expect(new Set(sentTokens())).toEqual(new Set(['Bearer first']));
  });

  it('is used until its expiry, and not longer, although its renewal was rejected', async () => {
    tokens.answer([token('first'), { status: 401, body: { error: 'invalid_client' } }]);
    await readAccount();
    bff.turnClock(599_999);
    const renewed = tokens.nextRequest();
    await readAccount(2);
    await renewed;
    bff.turnClock(1);
    const answer = await perform(browser, 'account.get');
    expectProblem(answer, 502, 'bff_upstream_credentials_rejected');
    expect(sentTokens()).toEqual(Array<string>(3).fill('Bearer first'));
  });

  it('is never sent after its expiry, and the call waits for the next token', async () => {
    tokens.answer([token('first'), token('second')]);
    await readAccount();
    bff.turnClock(600_000);
    await readAccount();
    expect(sentTokens()).toEqual(['Bearer first', 'Bearer second']);
  });

  it('for the previous key is never sent after a rotation (CRD-05, CRD-06)', async () => {
    await readAccount();
    await rotate();
    await readAccount();
    const [first, second] = sentTokens();
    expect(first).toContain(`acme-key-${keys - 1}`);
    expect(second).toContain(keyId());
    expect(tokens.requests).toHaveLength(2);
  });

  it('for the previous key that is issued after the rotation is used only by calls that waited for it', async () => {
    let issue = (): void => undefined;
    const issued = new Promise<void>((resolve) => (issue = resolve));
    tokens.answer(async () => {
      await issued;
      return token('of-the-old-key');
    });
    const requested = tokens.nextRequest();
    const waitingCall = perform(browser, 'account.get');
    await requested;
    await rotate();
    tokens.answer([token('of-the-new-key')]);
    await readAccount();
    issue();
    await waitingCall;
    await readAccount();
    expect(sentTokens().filter((sent) => sent === 'Bearer of-the-new-key')).toHaveLength(2);
    expect(bff.sinch.production.lastRequest.headers.authorization).toBe('Bearer of-the-new-key');
  });

  it('remains in use when the same credentials are applied again', async () => {
    await readAccount();
    const credentials = { scheme: 'oauth2', keyId: keyId(), keySecret: `acme-canary-secret-${keys}` };
    await bff.apply({ tenants: [{ ...the.acme, name: 'Acme Limited', credentials }] });
    await readAccount();
    expect(tokens.requests).toHaveLength(1);
  });
});

describe('a call that is answered with 401 because its token has expired', () => {
  it.each(['account.get', 'account.create as partnerInitiated', 'account.delete'] as const)(
    '%s is repeated once with a new token and the same body (CRD-08)',
    async (title) => {
      bff.sinch.production.answer([expired, { status: 200, body: { ok: true } }]);
      tokens.answer([token('first'), token('second')]);
      const answer = await perform(browser, title);
      expect({ status: answer.status, json: answer.json }).toEqual({ status: 200, json: { ok: true } });

      const operation = operations[title];
      const body = 'body' in operation ? JSON.stringify(operation.body) : '';
      expect(sentTokens()).toEqual(['Bearer first', 'Bearer second']);
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
    const answer = await perform(browser, 'comments.create');
    expectProblem(answer, 502, 'bff_upstream_credentials_rejected');
    expect(bff.sinch.production.requests).toHaveLength(2);
    expect(tokens.requests).toHaveLength(2);
  });

  it('and whose repetition gets the same is answered with 502 also if each token is older than the cool-down (CRD-08)', async () => {
    bff.sinch.production.answer(() => {
      bff.turnClock(31_000);
      return expired;
    });
    expectProblem(await perform(browser, 'comments.create'), 502, 'bff_upstream_credentials_rejected');
    expect(bff.sinch.production.requests).toHaveLength(2);
    expect(tokens.requests).toHaveLength(2);
  });

  it('and gets the same with every token causes two token requests, then one per cool-down (CRD-08)', async () => {
    bff.sinch.production.answer(expired);
    for (let call = 0; call < 5; call += 1) {
      expectProblem(await perform(browser, 'account.get'), 502, 'bff_upstream_credentials_rejected');
    }
    expect(tokens.requests).toHaveLength(2);
    expect(bff.sinch.production.requests).toHaveLength(6);
    bff.turnClock(30_000);
    for (let call = 0; call < 5; call += 1) await perform(browser, 'account.get');
    expect(tokens.requests).toHaveLength(3);
    expect(bff.sinch.production.requests).toHaveLength(11);
  });

  it('causes no further token request although other calls succeed, until a token was accepted for the cool-down (CRD-08)', async () => {
    const accepted = { status: 200, body: { ok: true } };
    bff.sinch.production.answer(({ method }) => (method === 'GET' ? accepted : expired));
    for (let call = 0; call < 10; call += 1) {
      await readAccount();
      expect((await perform(browser, 'comments.create')).status).toBe(502);
    }
    expect(tokens.requests).toHaveLength(2);
    bff.turnClock(30_000);
    await readAccount();
    bff.turnClock(30_000);
    await readAccount();
    expect(tokens.requests).toHaveLength(3);
    bff.sinch.production.answer([expired, accepted]);
    await readAccount();
    expect(tokens.requests).toHaveLength(4);
  });

  it('and whose repetition gets another error is answered with that error', async () => {
    const papi = { errorCode: 'account_exists', message: 'Account already exists.', resolution: 'None.' };
    bff.sinch.production.answer([expired, { status: 409, body: papi }]);
    expectProblem(await perform(browser, 'account.create as input'), 409, 'account_exists');
  });

  it('causes one token request together with nineteen others, and each is repeated once (CRD-08)', async () => {
    await readAccount();
    const old = sentTokens()[0];
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
    const answers = await Promise.all(Array.from({ length: 20 }, () => perform(browser, 'account.get')));
    for (const { status } of answers) expect(status).toBe(200);
    expect(tokens.requests).toHaveLength(2);
    expect(bff.sinch.production.requests).toHaveLength(1 + 20 + 20);
  });

  it('is answered with the error of the token endpoint if it issues no new token', async () => {
    bff.sinch.production.answer(expired);
    tokens.answer([token('first'), { status: 500 }]);
    expectProblem(await perform(browser, 'account.get'), 502, 'bff_upstream_invalid_response');
    expect(bff.sinch.production.requests).toHaveLength(1);
  });
});

describe('a call that is answered with another 401', () => {
  it('is answered with 502 after one upstream and one token request (CRD-08)', async () => {
    bff.sinch.production.answer(unauthorized);
    const answer = await perform(browser, 'comments.create');
    expectProblem(answer, 502, 'bff_upstream_credentials_rejected');
    expect(bff.sinch.production.requests).toHaveLength(1);
    expect(tokens.requests).toHaveLength(1);
  });

  it('causes a token request after at most 30 s and then succeeds', async () => {
    tokens.answer([token('refused'), token('good')]);
    bff.sinch.production.answer(({ headers }) =>
      headers.authorization === 'Bearer good' ? { body: { ok: true } } : unauthorized,
    );
    expect((await perform(browser, 'account.get')).status).toBe(502);
    bff.turnClock(30_000);
    expect((await perform(browser, 'account.get')).status).toBe(200);
    expect(tokens.requests).toHaveLength(2);
  });

  it('causes a token request at the next call if its token was older than the cool-down', async () => {
    tokens.answer([token('old'), token('good')]);
    await readAccount();
    bff.turnClock(60_000);
    bff.sinch.production.answer([unauthorized, { body: { ok: true } }]);
    expect((await perform(browser, 'account.get')).status).toBe(502);
    bff.turnClock(30_000);
    await readAccount();
    expect(sentTokens()).toEqual(['Bearer old', 'Bearer old', 'Bearer good']);
  });

  it('ten times causes at most two token requests', async () => {
    bff.sinch.production.answer(unauthorized);
    for (let call = 0; call < 10; call += 1) await perform(browser, 'account.get');
    expect(tokens.requests.length).toBeLessThanOrEqual(2);
  });
});
