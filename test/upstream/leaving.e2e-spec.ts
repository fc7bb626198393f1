import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { type Browser } from '../support/browser.js';
import { operations, type OperationTitle, perform } from '../support/forwarding.js';
import { type RecordedRequest } from '../support/recording-upstream.js';
import { type Reply } from '../support/reply.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

let bff: Bff;
let browser: Browser;
beforeAll(async () => {
  bff = await startBff();
  browser = await bff.signedIn(the.editor);
});
afterAll(() => bff.close());

let keys = 0;
beforeEach(async () => {
  bff.sinch.reset();
  keys += 1;
  const credentials = { ...the.acme.credentials, keyId: `acme-key-${keys}` };
  await bff.apply({ tenants: [{ ...the.acme, credentials }] });
});

const head = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n';

interface LeavingCall {
  readonly answer: Promise<unknown>;
  readonly leave: () => void;
}

function startCall(title: OperationTitle): LeavingCall {
  const leave = new AbortController();
  const operation = operations[title];
  const answer = browser.request(operation.method, `/v1/tenants/acme/${operation.path}`, {
    ...('body' in operation && { body: operation.body }),
    signal: leave.signal,
  });
  answer.catch(() => undefined);
  return { answer, leave: () => leave.abort() };
}

async function expectCancelled(title: OperationTitle): Promise<RecordedRequest> {
  const arrived = bff.sinch.production.nextRequest();
  const { answer, leave } = startCall(title);
  const request = await arrived;
  const aborted = bff.sinch.production.whenAborted();
  const leftAt = performance.now();
  leave();
  await expect(answer).rejects.toThrow('aborted');
  await aborted;
  expect(performance.now() - leftAt).toBeLessThan(200);
  expect(request.aborted).toBe(true);
  return request;
}

it.each<[title: OperationTitle, received: string, reply: Reply]>([
  ['account.get', 'nothing', { hang: true }],
  ['comments.create', 'nothing', { hang: true }],
  ['account.delete', 'nothing', { hang: true }],
  ['account.get', 'half of the headers', { raw: head, then: 'hold' }],
  ['account.get', 'half of the body', { raw: `${head}Content-Length: 9\r\n\r\n{"a"`, then: 'hold' }],
])(
  'a disconnecting browser cancels %s within 200 ms, after the upstream sent %s (PRX-20)',
  async (title, _, reply) => {
    bff.sinch.production.answer(reply);
    await expectCancelled(title);
    expect(bff.sinch.production.requests).toHaveLength(1);

    bff.sinch.reset();
    expect((await perform(browser, 'account.get')).status).toBe(200);
    expect(bff.sinch.allBut('production').requests).toEqual([]);
  },
);

it('a disconnecting browser cancels no other call', async () => {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  bff.sinch.production.answer(async ({ method }) => {
    if (method === 'GET') return { hang: true };
    await released;
    return { status: 204 };
  });
  const arrived = bff.sinch.production.nextRequest();
  const stays = perform(browser, 'account.delete');
  const staying = await arrived;
  const left = await expectCancelled('account.get');
  expect(left.connection).not.toBe(staying.connection);
  expect(staying.aborted).toBe(false);
  release();
  expect((await stays).status).toBe(204);
});

it('a shared token request continues after its first caller disconnects', async () => {
  let issue = (): void => undefined;
  const issued = new Promise<void>((resolve) => (issue = resolve));
  bff.sinch.tokens.production.answer(async () => {
    await issued;
    return { body: { access_token: 'shared', token_type: 'bearer', expires_in: 3600 } };
  });
  const asked = bff.sinch.tokens.production.nextRequest();
  const first = startCall('comments.create');
  const tokenRequest = await asked;
  const second = perform(browser, 'account.get');
  first.leave();
  await expect(first.answer).rejects.toThrow('aborted');
  // After another complete exchange the service has seen the disconnect.
  await browser.get('/session');
  expect(tokenRequest.aborted).toBe(false);
  issue();

  expect((await second).status).toBe(200);
  expect(bff.sinch.tokens.production.requests).toHaveLength(1);
  expect(tokenRequest.aborted).toBe(false);
  expect(bff.sinch.production.requests).toHaveLength(1);
  expect(bff.sinch.production.lastRequest).toMatchObject({
    method: 'GET',
    headers: { authorization: 'Bearer shared' },
  });
});

it('a token that arrives after all callers have disconnected serves the next call', async () => {
  let issue = (): void => undefined;
  const issued = new Promise<void>((resolve) => (issue = resolve));
  bff.sinch.tokens.production.answer(async () => {
    await issued;
    return { body: { access_token: 'late', token_type: 'bearer', expires_in: 3600 } };
  });
  const asked = bff.sinch.tokens.production.nextRequest();
  const { answer, leave } = startCall('account.get');
  await asked;
  leave();
  await expect(answer).rejects.toThrow('aborted');
  // After another complete exchange the service has seen the disconnect.
  await browser.get('/session');
  issue();
  expect((await perform(browser, 'account.get')).status).toBe(200);
  expect(bff.sinch.tokens.production.requests).toHaveLength(1);
  expect(bff.sinch.production.requests).toHaveLength(1);
});

it('cancelled calls leave no connection open and do not count against the limit of their tenant (PRX-20)', async () => {
  bff.sinch.production.answer({ hang: true });
  for (let round = 1; round <= 3; round += 1) {
    const calls = Array.from({ length: 50 }, () => startCall('comments.create'));
    await eventually(() => expect(bff.sinch.production.requests.length).toBe(round * calls.length), {
      withinMs: 10_000,
    });
    for (const { leave } of calls) leave();
    await eventually(() => expect(bff.sinch.production.openConnections).toBe(0), { withinMs: 5_000 });
  }
  bff.sinch.reset();
  expect((await perform(browser, 'account.get')).status).toBe(200);
});
