import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Browser } from '../support/browser.js';
import { expectNoSecrets, expectProblem, operations, perform } from '../support/forwarding.js';
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

/** New credentials for acme: no token yet, and no past. */
async function rotate(): Promise<void> {
  keys += 1;
  const credentials = { scheme: 'oauth2', keyId: keyId(), keySecret: `acme-canary-secret-${keys}` };
  await bff.apply({ tenants: [{ ...the.acme, credentials }] });
}

async function ask(times = 1): Promise<void> {
  for (let asked = 0; asked < times; asked += 1) {
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
  it('is the client credentials grant with HTTP Basic, at the endpoint of that server alone', async () => {
    await ask();
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

  it('carries a secret of any characters as it is', async () => {
    const keySecret = 'ca:na%ry+ €"\\ü';
    const credentials = { scheme: 'oauth2', keyId: 'plain+key/=', keySecret };
    await bff.apply({ tenants: [{ ...the.acme, credentials }] });
    await ask();
    const encoded = tokens.lastRequest.headers.authorization?.replace('Basic ', '') ?? '';
    expect(Buffer.from(encoded, 'base64').toString()).toBe(`plain+key/=:${keySecret}`);
  });

  it('is one for twenty first calls at once (CRD-07)', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => perform(browser, 'account.get')));
    expect(answers.map(({ status }) => status)).toEqual(Array<number>(20).fill(200));
    expect(tokens.requests).toHaveLength(1);
    expect(new Set(sentTokens()).size).toBe(1);
    expect(bff.sinch.production.requests).toHaveLength(20);
  });

  it('is not made for a call that was refused before', async () => {
    await browser.post('/v1/tenants/acme/whatsapp/comments', { comment: '' });
    await browser.get('/v1/tenants/orchard/whatsapp');
    await (await bff.signedIn(the.viewer)).delete('/v1/tenants/acme/whatsapp');
    await browser.get('/v1/tenants/acme/route');
    expect(tokens.requests).toEqual([]);
    expect(bff.sinch.all.requests).toEqual([]);
  });
});

describe('a token', () => {
  it('serves until 60 s before its end; then the old one serves on while a new one is fetched', async () => {
    tokens.answer([token('first'), token('second')]);
    await ask(2);
    bff.turnClock(539_999);
    await ask();
    expect(tokens.requests).toHaveLength(1);

    bff.turnClock(1);
    const renewed = tokens.nextRequest();
    await ask();
    await renewed;
    expect(tokens.requests).toHaveLength(2);
    expect(sentTokens()).toEqual(Array<string>(4).fill('Bearer first'));

    while (sentTokens().at(-1) === 'Bearer first') await ask();
    expect(sentTokens().at(-1)).toBe('Bearer second');
    expect(tokens.requests).toHaveLength(2);
  });

  it('serves to its end while the token endpoint is down, without a request for every call', async () => {
    tokens.answer([token('first'), { status: 500 }]);
    await ask();
    bff.turnClock(550_000);
    const renewed = tokens.nextRequest();
    await ask();
    await renewed;
    await ask(10);
    expect(tokens.requests).toHaveLength(2);
    expect(new Set(sentTokens())).toEqual(new Set(['Bearer first']));
  });

  it('serves on while its renewal hangs', async () => {
    tokens.answer([token('first'), { hang: true }]);
    await ask();
    bff.turnClock(540_000);
    const renewed = tokens.nextRequest();
    await ask();
    await renewed;
    bff.turnClock(30_000);
    await ask(3);
    expect(tokens.requests).toHaveLength(2);
    expect(new Set(sentTokens())).toEqual(new Set(['Bearer first']));
  });

  it('serves to its end though a renewal was refused, and not a moment longer', async () => {
    tokens.answer([token('first'), { status: 401, body: { error: 'invalid_client' } }]);
    await ask();
    bff.turnClock(599_999);
    const renewed = tokens.nextRequest();
    await ask(2);
    await renewed;
    bff.turnClock(1);
    const answer = await perform(browser, 'account.get');
    expectProblem(answer, 502, 'bff_upstream_credentials_rejected');
    expect(sentTokens()).toEqual(Array<string>(3).fill('Bearer first'));
  });

  it('that has run out is never sent: the call waits for the next one', async () => {
    tokens.answer([token('first'), token('second')]);
    await ask();
    bff.turnClock(600_000);
    await ask();
    expect(sentTokens()).toEqual(['Bearer first', 'Bearer second']);
  });

  it('of the old key is never sent after a rotation (CRD-05, CRD-06)', async () => {
    await ask();
    await rotate();
    await ask();
    const [first, second] = sentTokens();
    expect(first).toContain(`acme-key-${keys - 1}`);
    expect(second).toContain(keyId());
    expect(tokens.requests).toHaveLength(2);
  });

  it('of the old key that comes after the rotation serves nobody but who waited for it', async () => {
    let issue = (): void => undefined;
    const issued = new Promise<void>((resolve) => (issue = resolve));
    tokens.answer(async () => {
      await issued;
      return token('of-the-old-key');
    });
    const asked = tokens.nextRequest();
    const waiting = perform(browser, 'account.get');
    await asked;
    await rotate();
    tokens.answer([token('of-the-new-key')]);
    await ask();
    issue();
    await waiting;
    await ask();
    expect(sentTokens().filter((sent) => sent === 'Bearer of-the-new-key')).toHaveLength(2);
    expect(bff.sinch.production.lastRequest.headers.authorization).toBe('Bearer of-the-new-key');
  });

  it('stays when the same credentials are applied again', async () => {
    await ask();
    const credentials = { scheme: 'oauth2', keyId: keyId(), keySecret: `acme-canary-secret-${keys}` };
    await bff.apply({ tenants: [{ ...the.acme, name: 'Acme Limited', credentials }] });
    await ask();
    expect(tokens.requests).toHaveLength(1);
  });
});

describe('a 401 that calls the token expired', () => {
  it.each(['account.get', 'account.create as partnerInitiated', 'account.delete'] as const)(
    '%s is replayed once with a fresh token and the same body (CRD-08)',
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

  it('twice is 502: there is no loop (CRD-08)', async () => {
    bff.sinch.production.answer(expired);
    const answer = await perform(browser, 'comments.create');
    expectProblem(answer, 502, 'bff_upstream_credentials_rejected');
    expect(bff.sinch.production.requests).toHaveLength(2);
    expect(tokens.requests).toHaveLength(2);
  });

  it('of every token makes the token endpoint be asked twice, then once per cool-down (CRD-08)', async () => {
    bff.sinch.production.answer(expired);
    for (let call = 0; call < 5; call += 1) {
      expectProblem(await perform(browser, 'account.get'), 502, 'bff_upstream_credentials_rejected');
    }
    expect(tokens.requests).toHaveLength(2);
    expect(bff.sinch.production.requests).toHaveLength(6);
    bff.turnClock(30_000);
    for (let call = 0; call < 5; call += 1) await perform(browser, 'account.get');
    expect(tokens.requests).toHaveLength(3);
  });

  it('counts although other calls succeed between, until a token has served for the cool-down (CRD-08)', async () => {
    const accepted = { status: 200, body: { ok: true } };
    bff.sinch.production.answer(({ method }) => (method === 'GET' ? accepted : expired));
    for (let call = 0; call < 10; call += 1) {
      await ask();
      expect((await perform(browser, 'comments.create')).status).toBe(502);
    }
    expect(tokens.requests).toHaveLength(2);
    bff.turnClock(30_000);
    await ask();
    bff.turnClock(30_000);
    await ask();
    expect(tokens.requests).toHaveLength(3);
    bff.sinch.production.answer([expired, accepted]);
    await ask();
    expect(tokens.requests).toHaveLength(4);
  });

  it('and then another error is that error', async () => {
    const papi = { errorCode: 'account_exists', message: 'Account already exists.', resolution: 'None.' };
    bff.sinch.production.answer([expired, { status: 409, body: papi }]);
    expectProblem(await perform(browser, 'account.create as input'), 409, 'account_exists');
  });

  it('of twenty calls at once costs one token request, not twenty', async () => {
    await ask();
    const old = sentTokens()[0];
    bff.sinch.production.answer(({ headers }) =>
      headers.authorization === old ? expired : { body: { ok: true } },
    );
    const answers = await Promise.all(Array.from({ length: 20 }, () => perform(browser, 'account.get')));
    for (const { status } of answers) expect(status).toBe(200);
    expect(tokens.requests).toHaveLength(2);
  });

  it('is 502 or the error of the token endpoint where no fresh token comes', async () => {
    bff.sinch.production.answer(expired);
    tokens.answer([token('first'), { status: 500 }]);
    expectProblem(await perform(browser, 'account.get'), 502, 'bff_upstream_invalid_response');
    expect(bff.sinch.production.requests).toHaveLength(1);
  });
});

describe('any other 401', () => {
  it('is not replayed: one request, 502, and nothing secret said', async () => {
    bff.sinch.production.answer(unauthorized);
    const answer = await perform(browser, 'comments.create');
    expectProblem(answer, 502, 'bff_upstream_credentials_rejected');
    expect(bff.sinch.production.requests).toHaveLength(1);
    expect(tokens.requests).toHaveLength(1);
  });

  it('has the token endpoint asked again after 30 s at the latest, and the call then succeeds', async () => {
    tokens.answer([token('refused'), token('good')]);
    bff.sinch.production.answer(({ headers }) =>
      headers.authorization === 'Bearer good' ? { body: { ok: true } } : unauthorized,
    );
    expect((await perform(browser, 'account.get')).status).toBe(502);
    bff.turnClock(30_000);
    expect((await perform(browser, 'account.get')).status).toBe(200);
    expect(tokens.requests).toHaveLength(2);
  });

  it('of an old token has a fresh one asked for at the next call', async () => {
    tokens.answer([token('old'), token('good')]);
    await ask();
    bff.turnClock(60_000);
    bff.sinch.production.answer([unauthorized, { body: { ok: true } }]);
    expect((await perform(browser, 'account.get')).status).toBe(502);
    bff.turnClock(30_000);
    await ask();
    expect(sentTokens()).toEqual(['Bearer old', 'Bearer old', 'Bearer good']);
  });

  it('does not have the token endpoint hammered', async () => {
    bff.sinch.production.answer(unauthorized);
    for (let call = 0; call < 10; call += 1) await perform(browser, 'account.get');
    expect(tokens.requests.length).toBeLessThanOrEqual(2);
  });
});

describe('HTTP Basic', () => {
  it('asks no token endpoint, and a 401 is final whatever it says (CRD-08)', async () => {
    const { staging } = bff.sinch;
    const pair = Buffer.from('harbour-key:harbour-canary-secret').toString('base64');
    for (const reply of [expired, unauthorized, { status: 401 }]) {
      bff.sinch.reset();
      staging.answer(reply);
      const answer = await perform(browser, 'account.get', 'harbour');
      expectProblem(answer, 502, 'bff_upstream_credentials_rejected');
      expect(staging.requests.map(({ headers }) => headers.authorization)).toEqual([`Basic ${pair}`]);
      expect(Object.values(bff.sinch.tokens).flatMap(({ requests }) => requests)).toEqual([]);
      expect(bff.sinch.allBut('staging').requests).toEqual([]);
    }
  });

  it('replaces a token when the scheme of the credentials changes', async () => {
    await ask();
    const credentials = { scheme: 'basic', keyId: 'acme-basic', keySecret: 'canary' };
    await bff.apply({ tenants: [{ ...the.acme, credentials }] });
    await ask();
    const pair = Buffer.from('acme-basic:canary').toString('base64');
    expect(sentTokens().at(-1)).toBe(`Basic ${pair}`);
    const route = await browser.get('/v1/tenants/acme/route');
    expect(route.json).toMatchObject({ credential: { scheme: 'basic', keyId: 'acme-basic' } });
  });
});

describe('tenants of one server', () => {
  it('never share a token, in parallel and with tokens expiring all the time (AZT-09, CRD-06)', async () => {
    const partner = await bff.signedIn(the.partner);
    let served = 0;
    bff.sinch.production.answer(() => {
      served += 1;
      return served % 7 === 0 ? expired : { body: { ok: true } };
    });
    const calls = Array.from({ length: 200 }, (_, index) =>
      index % 2 === 0 ? perform(browser, 'account.get') : perform(partner, 'comments.create', 'orchard'),
    );
    for (const answer of await Promise.all(calls)) {
      // Whoever is unlucky twice is refused.
      expect([200, 502]).toContain(answer.status);
      expectNoSecrets(answer);
    }
    expect(bff.sinch.production.requests.length).toBeGreaterThan(200);
    for (const { url, headers } of bff.sinch.production.requests) {
      const [tenant, key] = url.includes(the.acme.projectId)
        ? [the.acme, keyId()]
        : [the.orchard, 'orchard-key'];
      expect(url).toContain(`/v1/projects/${tenant.projectId}/whatsapp`);
      expect(headers.authorization).toMatch(new RegExp(`^Bearer token-production-${key}-\\d+$`));
    }
    expect(bff.sinch.allBut('production').requests).toEqual([]);
  });

  it('with the same key id and secret still have a token each (AZT-08)', async () => {
    const credentials = { scheme: 'oauth2', keyId: 'shared', keySecret: 'canary' };
    await bff.apply({
      tenants: [
        { ...the.acme, credentials },
        { ...the.orchard, credentials },
      ],
    });
    const partner = await bff.signedIn(the.partner);
    await ask();
    expect((await perform(partner, 'account.get', 'orchard')).status).toBe(200);
    expect(tokens.requests).toHaveLength(2);
    expect(new Set(sentTokens()).size).toBe(2);
  });
});
