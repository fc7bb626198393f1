import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { type Browser } from '../support/browser.js';
import { expectProblem, operations, type OperationTitle, perform } from '../support/forwarding.js';
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

interface Leaving {
  readonly answer: Promise<unknown>;
  readonly leave: () => void;
}

function askAndLeave(title: OperationTitle): Leaving {
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
  const { answer, leave } = askAndLeave(title);
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

it.each<[phase: string, reply: Reply, title: OperationTitle]>([
  ['no answer', { hang: true }, 'account.get'],
  ['no answer', { hang: true }, 'comments.create'],
  ['no answer', { hang: true }, 'account.delete'],
  ['half the headers', { raw: head, then: 'hold' }, 'account.get'],
  ['half the body', { raw: `${head}Content-Length: 9\r\n\r\n{"a"`, then: 'hold' }, 'account.get'],
])(
  'with %s the upstream call ends within 200 ms of the browser leaving (PRX-20)',
  async (_, reply, title) => {
    bff.sinch.production.answer(reply);
    await expectCancelled(title);
    expect(bff.sinch.production.requests).toHaveLength(1);

    bff.sinch.reset();
    expect((await perform(browser, 'account.get')).status).toBe(200);
    expect(bff.sinch.allBut('production').requests).toEqual([]);
  },
);

it('a browser that leaves ends its own call and no other', async () => {
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

it('a token request goes on for those who wait, though its first caller left (RES-11)', async () => {
  let issue = (): void => undefined;
  const issued = new Promise<void>((resolve) => (issue = resolve));
  bff.sinch.tokens.production.answer(async () => {
    await issued;
    return { body: { access_token: 'shared', token_type: 'bearer', expires_in: 3600 } };
  });
  const asked = bff.sinch.tokens.production.nextRequest();
  const first = askAndLeave('comments.create');
  const tokenRequest = await asked;
  const second = perform(browser, 'account.get');
  first.leave();
  await expect(first.answer).rejects.toThrow('aborted');
  // A whole exchange later the service has noticed that the browser left.
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

it('a token that came after everybody left serves the next call', async () => {
  let issue = (): void => undefined;
  const issued = new Promise<void>((resolve) => (issue = resolve));
  bff.sinch.tokens.production.answer(async () => {
    await issued;
    return { body: { access_token: 'late', token_type: 'bearer', expires_in: 3600 } };
  });
  const asked = bff.sinch.tokens.production.nextRequest();
  const { answer, leave } = askAndLeave('account.get');
  await asked;
  leave();
  await expect(answer).rejects.toThrow('aborted');
  // A whole exchange later the service has noticed that the browser left.
  await browser.get('/session');
  issue();
  expect((await perform(browser, 'account.get')).status).toBe(200);
  expect(bff.sinch.tokens.production.requests).toHaveLength(1);
  expect(bff.sinch.production.requests).toHaveLength(1);
});

it('an upstream that breaks off ends the call of the browser, and nobody is left waiting (PRX-20)', async () => {
  bff.sinch.production.answer({ raw: `${head}Content-Length: 9\r\n\r\n{"a"`, then: 'destroy' });
  const answers = await Promise.all([perform(browser, 'account.get'), perform(browser, 'account.get')]);
  for (const answer of answers) expectProblem(answer, 502, 'bff_upstream_invalid_response');
});

it('a tenant whose calls hang leaves room for the other tenants of its server (RES-08)', async () => {
  bff.sinch.production.answer(({ url }) =>
    url.includes(the.acme.projectId) ? { hang: true } : { body: { ok: true } },
  );
  const partner = await bff.signedIn(the.partner);
  let refused = 0;
  const calls = Array.from({ length: 300 }, () => {
    const call = askAndLeave('account.get');
    call.answer.then(
      () => (refused += 1),
      () => undefined,
    );
    return call;
  });
  // As many as fit are with the upstream; the rest waits, or was refused at once.
  while (bff.sinch.production.requests.length + refused < 256) await delay(5);
  const answer = partner.request('GET', '/v1/tenants/orchard/whatsapp', {
    signal: AbortSignal.timeout(500),
  });
  try {
    expect((await answer).status).toBe(200);
  } finally {
    for (const { leave } of calls) leave();
  }
});
