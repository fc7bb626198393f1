import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect } from 'node:net';
import { Browser } from './browser.js';
import { rawExchange } from './raw.js';
import { RecordingUpstream } from './recording-upstream.js';

const portOf = ({ url }: { url: string }): number => Number(new URL(url).port);

describe('a recording upstream and its browser', () => {
  let upstream: RecordingUpstream;
  let browser: Browser;

  beforeAll(async () => {
    upstream = await RecordingUpstream.start('production');
    browser = new Browser({
      port: portOf(upstream),
      host: 'console.example.test',
      origin: 'https://console.example.test',
    });
  });
  afterEach(() => {
    upstream.reset();
    browser.cookies.clear();
  });
  afterAll(async () => {
    browser.close();
    await upstream.close();
  });

  it('report a missing request', () => {
    expect(() => upstream.lastRequest).toThrow('has received no request');
  });

  it('record the request, and respond with the name of the server', async () => {
    const answer = await browser.post('/things?x=1', { a: 'ü' });
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({ ok: true, server: 'production' });
    expect(upstream.lastRequest).toMatchObject({
      method: 'POST',
      url: '/things?x=1',
      body: '{"a":"ü"}',
      aborted: false,
      headers: {
        host: 'console.example.test',
        origin: 'https://console.example.test',
        'x-csrf': '1',
        'content-type': 'application/json',
        'content-length': '10',
      },
    });
  });

  it('can omit a default header, and frame the body of a DELETE', async () => {
    await browser.delete('/things', { a: 1 }, { 'X-CSRF': undefined });
    expect(upstream.lastRequest.headers).not.toHaveProperty('x-csrf');
    expect(upstream.lastRequest.body).toBe('{"a":1}');
  });

  it('count connections, which a browser reuses', async () => {
    await browser.get('/');
    await browser.get('/');
    await rawExchange(portOf(upstream), 'GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    const [first, second, third] = upstream.requests.map(({ connection }) => connection);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });

  it('use the replies in order and repeat the last one', async () => {
    upstream.answer([{ status: 503 }, { status: 201, body: 'text' }]);
    expect((await browser.get('/')).status).toBe(503);
    expect((await browser.get('/')).text).toBe('text');
    const last = await browser.get('/');
    expect(last.status).toBe(201);
    expect(() => last.json).toThrow('is not JSON');
  });

  it('respond with the result of a function, or with its failure', async () => {
    upstream.answer(({ url }) => ({ body: { url } }));
    expect((await browser.get('/a')).json).toEqual({ url: '/a' });
    upstream.answer(() => Promise.reject(new Error('oh')));
    expect((await browser.get('/a')).text).toContain('oh');
  });

  it('write raw bytes and close', async () => {
    const bytes = 'HTTP/1.1 200 Fine\r\nX-A: 1\r\nX-A: 2\r\n\r\nuntil the end';
    upstream.answer({ raw: bytes });
    expect(await rawExchange(portOf(upstream), 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')).toBe(bytes);
    upstream.answer({ raw: '', then: 'destroy' });
    await expect(browser.get('/')).rejects.toThrow('socket hang up');
    expect(upstream.requests.map(({ aborted }) => aborted)).toEqual([false, false]);
  });

  it.each([0, 4])('truncate a response after %i bytes', async (cutAt) => {
    upstream.answer({ body: '0123456789', cutAt });
    const received = await rawExchange(portOf(upstream), 'GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    const [head = '', body] = received.split('\r\n\r\n');
    expect(head.toLowerCase()).toContain('content-length: 10');
    expect(body).toBe('0123456789'.slice(0, cutAt));
    await expect(browser.get('/')).rejects.toThrow('aborted');
    expect(upstream.requests.map(({ aborted }) => aborted)).toEqual([false, false]);
  });

  it.each([{ hang: true } as const, { raw: 'HTTP/1.1 200 OK\r\n', then: 'hold' } as const])(
    'record that the browser disconnected before the response: %j',
    async (reply) => {
      upstream.answer(reply);
      const leave = new AbortController();
      const arrived = upstream.nextRequest();
      const answer = browser.request('POST', '/', { body: {}, signal: leave.signal });
      const request = await arrived;
      expect(request).toMatchObject({ body: '{}', aborted: false });

      const aborted = upstream.whenAborted();
      leave.abort();
      await expect(answer).rejects.toThrow('aborted');
      await aborted;
      expect(request.aborted).toBe(true);
    },
  );

  it('record a request with an incomplete body as aborted', async () => {
    const aborted = upstream.whenAborted();
    const socket = connect(portOf(upstream), '127.0.0.1');
    const part = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n0123';
    socket.write(part);
    await once(socket, 'data');
    socket.destroy();
    await aborted;
    expect(upstream.requests).toMatchObject([{ body: '0123', aborted: true }]);
  });

  it('keep, send and delete cookies', async () => {
    browser.setCookie('own', '1');
    upstream.answer([
      { headers: { 'set-cookie': ['session=a=b; Path=/; HttpOnly', 'old=x; Max-Age=60'] } },
      { headers: { 'set-cookie': ['old=; max-age=0', 'own=; Expires=Thu, 01 Jan 1970 00:00:00 GMT'] } },
    ]);
    await browser.get('/');
    await browser.get('/');
    expect(upstream.lastRequest.headers.cookie).toBe('own=1; session=a=b; old=x');
    expect([...browser.cookies]).toEqual([['session', 'a=b']]);
  });

  it('sign in, or report the reason of a failure', async () => {
    const credentials = { email: 'a@example.test', password: 'secret' };
    upstream.answer([{ status: 201 }, { status: 401, body: 'no' }]);
    await browser.signIn(credentials);
    expect(upstream.lastRequest).toMatchObject({ url: '/session', body: JSON.stringify(credentials) });
    await expect(browser.signIn(credentials)).rejects.toThrow('a@example.test could not sign in: 401 no');
  });
});

describe('a raw exchange', () => {
  it('ends with a complete response, with the connection, or with an error', async () => {
    const upstream = await RecordingUpstream.start('staging');
    upstream.answer([{ body: 'one' }, { raw: 'HTTP/1.1 200 OK\r\n\r\ntwo' }]);
    const request = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
    expect(await rawExchange(portOf(upstream), request)).toMatch(/\r\n\r\none$/);
    expect(await rawExchange(portOf(upstream), request)).toMatch(/\r\n\r\ntwo$/);
    expect(await rawExchange(portOf(upstream), 'nonsense\r\n\r\n')).toMatch(/^HTTP\/1.1 400 /);
    expect(await rawExchange(portOf(upstream), '', { end: true })).toBe('');
    await upstream.close();
    await expect(rawExchange(portOf(upstream), request)).rejects.toThrow('ECONNREFUSED');
  });
});
