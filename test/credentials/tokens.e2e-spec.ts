import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { expectProblem, perform, readPage } from '../support/forwarding.js';
import { type Bff } from '../support/start-bff.js';
import { the } from '../support/the.js';
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

describe('the token request', () => {
  it('is the client credentials grant with HTTP Basic, sent only to the token endpoint of its server', async () => {
    await fixture.readAccount();
    const { method, url, headers, body } = tokens.lastRequest;
    expect({ method, url, body }).toEqual({
      method: 'POST',
      url: '/oauth2/token',
      body: 'grant_type=client_credentials',
    });
    const pair = Buffer.from(`${fixture.credentials.keyId}:${fixture.credentials.keySecret}`).toString(
      'base64',
    );
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
    await fixture.readAccount();
    const encoded = tokens.lastRequest.headers.authorization?.replace('Basic ', '') ?? '';
    expect(Buffer.from(encoded, 'base64').toString()).toBe(`plain+key/=:${keySecret}`);
  });

  it('is sent once for twenty simultaneous first calls (CRD-07)', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => readPage(fixture.browser)));
    expect(answers.map(({ status }) => status)).toEqual(Array<number>(20).fill(200));
    expect(tokens.requests).toHaveLength(1);
    expect(new Set(fixture.sentTokens()).size).toBe(1);
    expect(bff.sinch.production.requests).toHaveLength(20);
  });

  it('is not sent for a call that is rejected earlier', async () => {
    await fixture.browser.post('/v1/tenants/acme/whatsapp/comments', { comment: '' });
    await fixture.browser.get('/v1/tenants/orchard/whatsapp');
    await (await bff.signedIn(the.viewer)).delete('/v1/tenants/acme/whatsapp');
    await fixture.browser.get('/v1/tenants/acme/route');
    expect(tokens.requests).toEqual([]);
    expect(bff.sinch.all.requests).toEqual([]);
  });
});

describe('a token', () => {
  it('is used until 60 s before its expiry, and then during its renewal', async () => {
    tokens.answer([token('first'), token('second')]);
    await fixture.readAccount(2);
    bff.turnClock(539_999);
    await fixture.readAccount();
    expect(tokens.requests).toHaveLength(1);

    bff.turnClock(1);
    const renewed = tokens.nextRequest();
    await fixture.readAccount();
    await renewed;
    expect(tokens.requests).toHaveLength(2);
    expect(fixture.sentTokens()).toEqual(Array<string>(4).fill('Bearer first'));

    while (fixture.sentTokens().at(-1) === 'Bearer first') await fixture.readAccount();
    expect(fixture.sentTokens().at(-1)).toBe('Bearer second');
    expect(tokens.requests).toHaveLength(2);
  });

  it('is used until its expiry while the token endpoint is unavailable, without a token request for each call', async () => {
    tokens.answer([token('first'), { status: 500 }]);
    await fixture.readAccount();
    bff.turnClock(550_000);
    const renewed = tokens.nextRequest();
    await fixture.readAccount();
    await renewed;
    await fixture.readAccount(10);
    expect(tokens.requests).toHaveLength(2);
    expect(new Set(fixture.sentTokens())).toEqual(new Set(['Bearer first']));
  });

  it('is used while its renewal hangs', async () => {
    tokens.answer([token('first'), { hang: true }]);
    await fixture.readAccount();
    bff.turnClock(540_000);
    const renewed = tokens.nextRequest();
    await fixture.readAccount();
    await renewed;
    bff.turnClock(30_000);
    await fixture.readAccount(3);
    expect(tokens.requests).toHaveLength(2);
    expect(new Set(fixture.sentTokens())).toEqual(new Set(['Bearer first']));
  });

  it('is used until its expiry, and not longer, although its renewal was rejected', async () => {
    tokens.answer([token('first'), { status: 401, body: { error: 'invalid_client' } }]);
    await fixture.readAccount();
    bff.turnClock(599_999);
    const renewed = tokens.nextRequest();
    await fixture.readAccount(2);
    await renewed;
    bff.turnClock(1);
    const answer = await perform(fixture.browser, 'account.get');
    expectProblem(answer, 502, 'bff_upstream_credentials_rejected');
    expect(fixture.sentTokens()).toEqual(Array<string>(3).fill('Bearer first'));
  });

  it('is never sent after its expiry, and the call waits for the next token', async () => {
    tokens.answer([token('first'), token('second')]);
    await fixture.readAccount();
    bff.turnClock(600_000);
    await fixture.readAccount();
    expect(fixture.sentTokens()).toEqual(['Bearer first', 'Bearer second']);
  });

  it('for the previous key is never sent after a rotation (CRD-05, CRD-06)', async () => {
    const previous = fixture.credentials.keyId;
    await fixture.readAccount();
    await fixture.rotate();
    await fixture.readAccount();
    const [first, second] = fixture.sentTokens();
    expect(first).toContain(previous);
    expect(second).toContain(fixture.credentials.keyId);
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
    const waitingCall = perform(fixture.browser, 'account.get');
    await requested;
    await fixture.rotate();
    tokens.answer([token('of-the-new-key')]);
    await fixture.readAccount();
    issue();
    await waitingCall;
    await fixture.readAccount();
    expect(fixture.sentTokens().filter((sent) => sent === 'Bearer of-the-new-key')).toHaveLength(2);
    expect(bff.sinch.production.lastRequest.headers.authorization).toBe('Bearer of-the-new-key');
  });

  it('remains in use when the same credentials are applied again', async () => {
    await fixture.readAccount();
    const { credentials } = fixture;
    await bff.apply({ tenants: [{ ...the.acme, name: 'Acme Limited', credentials }] });
    await fixture.readAccount();
    expect(tokens.requests).toHaveLength(1);
  });
});
