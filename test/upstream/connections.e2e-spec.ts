import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { type Browser } from '../support/browser.js';
import { expectProblem, type OperationTitle, perform } from '../support/forwarding.js';
import { ClosingUpstream } from '../support/closing-upstream.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

let upstream: ClosingUpstream;
let bff: Bff;
let browser: Browser;
beforeAll(async () => {
  upstream = await ClosingUpstream.start();
  bff = await startBff({ environment: { SINCH_STAGING_URL: upstream.url } });
  browser = await bff.signedIn(the.editor);
});
afterAll(async () => {
  await bff.close();
  await upstream.close();
});
beforeEach(() => {
  bff.sinch.reset();
  upstream.reset();
});

const json = 'Content-Type: application/json\r\n';
const ok = `HTTP/1.1 200 OK\r\n${json}Content-Length: 7\r\n\r\n{"a":1}`;
const writes: OperationTitle[] = ['comments.create', 'account.update with input', 'account.delete'];

describe('an interim response', () => {
  const go = 'HTTP/1.1 100 Continue\r\n\r\n';
  const titled = 'HTTP/1.1 100 Go on\r\nLink: </x>\r\nServer: x\r\n\r\n';
  it.each<[name: string, interim: string]>([
    ['100', go],
    ['100 with headers', titled],
    ['102', 'HTTP/1.1 102 Processing\r\n\r\n'],
    ['103', 'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n'],
    ['several', `${go}HTTP/1.1 103 X\r\n\r\n${titled}${go}`],
  ])('is skipped for reads and writes, and on a kept connection: %s', async (_, interim) => {
    upstream.answer = () => interim + ok;
    for (const title of ['account.get', 'account.get', ...writes, ...writes] as const) {
      const answer = await perform(browser, title, 'harbour');
      expect({ status: answer.status, text: answer.text }).toEqual({ status: 200, text: '{"a":1}' });
    }
    expect(upstream.received).toHaveLength(2 + 2 * writes.length);
  });

  it('is skipped when it arrives byte by byte', async () => {
    upstream.answer = () => [...(go + titled + ok)];
    expect((await perform(browser, 'comments.create', 'harbour')).text).toBe('{"a":1}');
    expect(upstream.received).toHaveLength(1);
  });

  it('without a final response fails the call', async () => {
    upstream.answer = () => go;
    upstream.closesAfter = 1;
    expectProblem(await perform(browser, 'comments.create', 'harbour'), 502, 'bff_upstream_unreachable');
    expect(upstream.received).toHaveLength(1);
  });

  it('within a body is part of the body', async () => {
    const body = `{"a":"${go.replaceAll('\r\n', '  ')}"}`;
    upstream.answer = () => ok.replace('7', String(body.length)).replace('{"a":1}', body);
    expect((await perform(browser, 'comments.create', 'harbour')).text).toBe(body);
  });

  it('of a token endpoint is skipped', async () => {
    const credentials = { ...the.lantern.credentials, keyId: 'lantern-key-interim' };
    await bff.apply({ tenants: [{ ...the.lantern, credentials }] });
    const token = '{"access_token":"t","token_type":"bearer","expires_in":600}';
    bff.sinch.tokens['staging-dev'].answer({
      raw: `${go}HTTP/1.1 200 OK\r\n${json}Content-Length: ${token.length}\r\n\r\n${token}`,
    });
    expect((await perform(browser, 'account.get', 'lantern')).status).toBe(200);
    expect(bff.sinch.tokens['staging-dev'].requests).toHaveLength(1);
  });
});

describe('a connection that the server closes when a call arrives on it', () => {
  afterEach(() => expect(bff.sinch.all.requests).toEqual([]));

  it('does not fail a read, which is sent once more on a new connection', async () => {
    upstream.answer = () => ok;
    upstream.closesAtRequest = 2;
    for (let call = 0; call < 20; call += 1) {
      expect((await perform(browser, 'account.get', 'harbour')).status).toBe(200);
    }
    // Every second request of a kept connection was closed unanswered.
    expect(upstream.received.filter(({ answered }) => answered)).toHaveLength(20);
    const resent = upstream.received.filter(({ index }) => index === 2);
    expect(resent).toHaveLength(upstream.received.length - 20);
    expect(resent.length).toBeGreaterThan(5);
  });

  it('fails a write, which is never sent again', async () => {
    upstream.answer = () => ok;
    upstream.closesAtRequest = 1;
    for (const title of writes) {
      upstream.received.length = 0;
      expectProblem(await perform(browser, title, 'harbour'), 502, 'bff_upstream_unreachable');
      expect(upstream.received).toHaveLength(1);
    }
  });

  it('fails a read if two new connections are closed as well', async () => {
    upstream.closesAtRequest = 1;
    expectProblem(await perform(browser, 'account.get', 'harbour'), 502, 'bff_upstream_unreachable');
    expect(upstream.received).toHaveLength(3);
  });

  it('fails a read after the first byte of its response', async () => {
    upstream.answer = () => 'HTTP/1.1 2';
    upstream.closesAfter = 1;
    const answer = await perform(browser, 'account.get', 'harbour');
    expect(answer.status).toBe(502);
    expect(upstream.received).toHaveLength(1);
  });
});

it('a write goes out on a new connection if the last one was idle for 500 ms', async () => {
  upstream.answer = () => ok;
  upstream.closesAtRequest = 2;
  await perform(browser, 'comments.create', 'harbour');
  // undici and the kernel measure the idle time of connections; no clock can be injected.
  await delay(600);
  expect((await perform(browser, 'comments.create', 'harbour')).status).toBe(200);
  expect(upstream.received.map(({ index }) => index)).toEqual([1, 1]);
});

it('hundreds of calls to a server that closes idle connections after 30 ms lose no read', async () => {
  upstream.answer = () => ok;
  upstream.idleMs = 30;
  let calls = 0;
  const reader = async (offset: number): Promise<void> => {
    for (let call = 0; call < 25; call += 1) {
      await delay(24 + ((call + offset) % 12));
      calls += 1;
      const path = `/v1/tenants/harbour/whatsapp/activities?pageToken=reader-${offset}`;
      expect((await browser.get(path)).status).toBe(200);
    }
  };
  await Promise.all(Array.from({ length: 12 }, (_, offset) => reader(offset)));
  expect(calls).toBe(300);
  expect(upstream.received.filter(({ answered }) => answered)).toHaveLength(300);
});
