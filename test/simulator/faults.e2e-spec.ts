import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  accountPath,
  askForToken,
  partnerInitiated,
  putProject,
  rawGet,
  startBench,
  type Bench,
  type Json,
} from './harness.js';

describe('faults of the Sinch simulator', () => {
  let bench: Bench;

  beforeEach(async () => {
    bench = await startBench();
    await putProject(bench, { account: 'ONBOARDED' });
  });
  afterEach(() => bench.simulator.close());

  const provoke = (fault: Json) => bench.control('POST', '/faults', fault);
  const faults = async () => (await bench.control('GET', '/faults')).body['faults'];

  it('a fault replaces the response with JSON and headers', async () => {
    await provoke({ answer: { status: 429, headers: { 'Retry-After': '7' }, body: { errorCode: 'slow' } } });

    const { status, headers, body } = await bench.send(accountPath());

    expect(status).toBe(429);
    expect(headers.get('retry-after')).toBe('7');
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(body).toEqual({ errorCode: 'slow' });
  });

  it('a fault replaces the response with text, nothing or many bytes', async () => {
    await provoke({
      answer: { status: 502, headers: { 'Content-Type': 'text/html' }, body: '<h1>Bad Gateway</h1>' },
    });
    await provoke({ answer: { status: 503 } });
    await provoke({ answer: { status: 200, bodyBytes: 300_000 } });

    const text = await bench.send(accountPath());
    expect([text.status, text.headers.get('content-type'), text.body['text']]).toEqual([
      502,
      'text/html',
      '<h1>Bad Gateway</h1>',
    ]);
    const empty = await bench.send(accountPath());
    expect([empty.status, empty.body['text']]).toEqual([503, '']);
    const large = await bench.send(accountPath());
    expect(large.headers.get('content-length')).toBe('300000');
    expect(large.body['text']).toHaveLength(300_000);
  });

  it('a fault that replaces the response prevents the operation', async () => {
    await putProject(bench, { projectId: 'fresh' });
    await provoke({ operation: 'account.create', answer: { status: 500, body: {} } });
    const path = accountPath('production', 'fresh');

    expect((await bench.send(path, { method: 'POST', json: partnerInitiated })).status).toBe(500);
    expect((await bench.send(path)).status).toBe(404);
  });

  it.each([{ headersMs: 20 }, { bodyMs: 20 }, { headersMs: 10, bodyMs: 10 }])(
    'a delay of %j precedes the usual response',
    async (delay) => {
      await provoke({ delay });
      const before = performance.now();

      const { status, body } = await bench.send(accountPath());

      expect(performance.now() - before).toBeGreaterThanOrEqual(18);
      expect(status).toBe(200);
      expect(body).toMatchObject({ state: 'ONBOARDED' });
    },
  );

  it('a delayed body is sent after its headers', async () => {
    await provoke({ delay: { bodyMs: 600_000 } });

    const { text } = await rawGet(bench, accountPath(), { leaveAfter: '\r\n\r\n' });

    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(text.endsWith('\r\n\r\n')).toBe(true);
  });

  it('a response that hangs at the headers sends nothing until the simulator is closed', async () => {
    await provoke({ hang: 'headers' });
    const waiting = rawGet(bench, accountPath());
    while (((await faults()) as unknown[]).length > 0);

    await bench.simulator.close();

    expect((await waiting).text).toBe('');
  });

  it('a response that hangs in the body sends half of it', async () => {
    await provoke({ hang: 'body' });

    const { text } = await rawGet(bench, accountPath(), { leaveAfter: 'isEmbedded' });

    expect(bodyOf(text).length).toBe(lengthIn(text) >> 1);
  });

  it.each([
    ['before', /^$/],
    ['headers', /^(HTTP\/1\.1 200 OK\r\nContent-Ty)?$/],
    ['body', /^(HTTP\/1\.1 200 OK\r\n[^]*)?$/],
  ])('a reset (%s) breaks the connection', async (reset, received) => {
    await provoke({ reset });

    const { text, ending } = await rawGet(bench, accountPath());

    expect(ending).toBe('ECONNRESET');
    expect(text).toMatch(received);
  });

  it.each([
    ['before', 404],
    ['headers', 200],
  ])('a creation whose connection was reset (%s) is %i afterwards', async (reset, status) => {
    await putProject(bench, { projectId: 'fresh' });
    await provoke({ reset });
    const path = accountPath('production', 'fresh');

    await expect(bench.send(path, { method: 'POST', json: partnerInitiated })).rejects.toThrow();

    expect((await bench.send(path)).status).toBe(status);
  });

  it('a truncated body ends early with a regular close', async () => {
    await provoke({ cutBody: true });

    const { text, ending } = await rawGet(bench, accountPath());

    expect(ending).toBe('closed');
    expect(bodyOf(text).length).toBe(lengthIn(text) >> 1);
    await provoke({ cutBody: true });
    await expect(bench.send(accountPath())).rejects.toThrow();
  });

  it.each([5, -5])('a Content-Length can be off by %i', async (contentLengthOff) => {
    await provoke({ contentLengthOff });

    const { text, ending } = await rawGet(bench, accountPath());

    expect(ending).toBe('closed');
    expect(lengthIn(text)).toBe(bodyOf(text).length + contentLengthOff);
  });

  it('a redirect keeps the method and names the location', async () => {
    await provoke({ redirect: 'https://elsewhere.example/' });

    const { status, headers } = await bench.send(accountPath());

    expect([status, headers.get('location')]).toEqual([307, 'https://elsewhere.example/']);
  });

  it('an expired token stays expired, and a new one is accepted', async () => {
    const authorization = `Bearer ${await bench.token('production')}`;
    await provoke({ expireTokens: true });
    expect((await bench.send(accountPath())).status).toBe(200);

    const first = await bench.send(accountPath(), { authorization });

    expect(first.status).toBe(401);
    expect(first.headers.get('www-authenticate')).toContain('expired');
    expect(await faults()).toEqual([]);
    expect((await bench.send(accountPath(), { authorization })).status).toBe(401);
    const fresh = `Bearer ${await bench.token('production')}`;
    expect((await bench.send(accountPath(), { authorization: fresh })).status).toBe(200);
  });

  it('rejected clients get neither tokens nor successful responses', async () => {
    const authorization = `Bearer ${await bench.token('production')}`;
    await provoke({ refuseClients: true, times: 3 });

    const token = await askForToken(bench, 'production');
    expect([token.status, token.body['error']]).toEqual([401, 'invalid_client']);
    const withToken = await bench.send(accountPath(), { authorization });
    expect(withToken.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
    expect((await bench.send(accountPath())).body).toMatchObject({ errorCode: 'unauthorized_error' });
    expect((await bench.send(accountPath())).status).toBe(200);
  });
});

function bodyOf(text: string): string {
  return text.slice(text.indexOf('\r\n\r\n') + 4);
}

function lengthIn(text: string): number {
  return Number(/content-length: (\d+)/i.exec(text)?.[1]);
}
