import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Answer, type Browser } from '../support/browser.js';
import { expectProblem } from '../support/forwarding.js';
import { askRaw } from '../support/raw-answer.js';
import { type Bff, type FrontendName, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

let bff: Bff;
let browser: Browser;
beforeAll(async () => {
  bff = await startBff();
  browser = await bff.signedIn(the.editor);
});
afterAll(() => bff.close());
beforeEach(() => bff.sinch.reset());

const raw = (...lines: string[]): Promise<Answer> => askRaw(bff.port, [...lines, 'Connection: close']);
const atConsole = 'Host: console.bff.test';
const tooLong = 1024 * 1024 + 1;

describe('a response (CSR-12, CSR-14)', () => {
  it.each<[what: string, status: number, ask: () => Promise<Answer>]>([
    ['the session document', 200, () => browser.get('/session')],
    ['a relayed success', 200, () => browser.get('/v1/tenants/acme/whatsapp')],
    ['the development page', 200, () => bff.browser().get('/')],
    ['a sign-in', 201, () => bff.browser().signIn(the.viewer)],
    ['a sign-out', 204, () => bff.browser().delete('/session')],
    ['a preflight', 204, () => preflight('https://console.bff.test')],
    ['a rejected preflight', 403, () => preflight('https://evil.example')],
    ['bad input', 400, () => browser.get('/session?x=1')],
    ['no session', 401, () => bff.browser().get('/session')],
    ['no CSRF header', 403, () => browser.get('/session', undefined, { 'x-csrf': undefined })],
    ['an unknown tenant', 404, () => browser.get('/v1/tenants/orchard/whatsapp')],
    ['an unknown route', 404, () => browser.get('/nowhere')],
    ['a path with broken escapes', 404, () => browser.get('/%zz')],
    ['a path that is too long for a router', 404, () => browser.get(`/v1/tenants/${'a'.repeat(200)}/route`)],
    ['a method that is not allowed', 405, () => browser.put('/session', {})],
    ['HEAD', 405, () => browser.request('HEAD', '/session')],
    ['TRACE', 405, () => browser.request('TRACE', '/session')],
    [
      'a body that is too long',
      413,
      () => raw('POST /session HTTP/1.1', atConsole, `Content-Length: ${tooLong}`),
    ],
    ['a body that is not JSON', 415, () => browser.request('POST', '/session', { rawBody: 'x' })],
    ['no server for the tenant', 503, () => browser.get('/v1/tenants/bare/whatsapp')],
    ['an error of the upstream', 409, () => whenUpstreamSays(409)],
    ['credentials that the upstream rejects', 502, () => whenUpstreamSays(401)],
  ])('has the security headers: %s, %i', async (_, status, ask) => {
    const answer = await ask();
    expect(answer.status).toBe(status);
    expectResponseHeaders(answer);
    expect(answer.headers['strict-transport-security']).toMatch(/^max-age=\d{8,}; includeSubDomains/);
  });

  it.each<[what: string, status: number, lines: string[]]>([
    ['an unknown host', 421, ['GET /session HTTP/1.1', 'Host: unknown.test']],
    ['no host', 400, ['GET /session HTTP/1.1', 'X-CSRF: 1']],
    ['an unknown method', 400, ['NONSENSE /session HTTP/1.1', atConsole]],
    ['bytes that are not HTTP', 400, ['nonsense']],
    ['a bad header', 400, ['GET /session HTTP/1.1', atConsole, 'no colon']],
    ['two lengths', 400, ['POST /session HTTP/1.1', atConsole, 'Content-Length: 1', 'Content-Length: 2']],
    ['long headers', 431, ['GET /session HTTP/1.1', atConsole, `X-Long: ${'x'.repeat(17_000)}`]],
    ['a long target', 431, [`GET /${'x'.repeat(17_000)} HTTP/1.1`, atConsole]],
  ])('has the security headers before a frontend is known: %s, %i', async (_, status, lines) => {
    const answer = await raw(...lines);
    expect(answer.status).toBe(status);
    expectResponseHeaders(answer);
    expectProblem(answer, status, (answer.json as { errorCode: string }).errorCode);
  });

  it('has the security headers if the Expect header cannot be met', async () => {
    const answer = await raw('GET /session HTTP/1.1', atConsole, 'X-CSRF: 1', 'Expect: miracles');
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expectResponseHeaders(answer);
  });

  it.each<[FrontendName, boolean]>([
    ['console', true],
    ['partners', true],
    ['admin', true],
    ['narrow', false],
  ])('of %s has Strict-Transport-Security: %s', async (frontend, expected) => {
    const answer = await bff.browser(frontend).get('/session');
    expect('strict-transport-security' in answer.headers).toBe(expected);
  });

  function preflight(origin: string): Promise<Answer> {
    const headers = { origin, 'access-control-request-method': 'GET', 'x-csrf': undefined };
    return bff.browser().request('OPTIONS', '/session', { headers });
  }

  function whenUpstreamSays(status: number): Promise<Answer> {
    const body = { errorCode: 'some_code', message: 'Said.', resolution: 'None.' };
    bff.sinch.production.answer({ status, body });
    return browser.get('/v1/tenants/acme/whatsapp');
  }

  function expectResponseHeaders({ headers }: Answer): void {
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cross-origin-resource-policy': 'same-origin',
      'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
    });
    expect(Object.keys(headers)).not.toContain('server');
    expect(Object.keys(headers)).not.toContain('x-powered-by');
  }
});

describe('request methods (PRX-01, PRX-22)', () => {
  const every = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'QUERY', 'LINK'];
  const exotic = ['PROPFIND', 'MKCOL', 'LOCK', 'SEARCH', 'PURGE', 'M-SEARCH', 'SOURCE', 'REPORT'];

  it.each<[path: string, methods: string[]]>([
    ['/', ['GET']],
    ['/session', ['DELETE', 'GET', 'POST']],
    ['/sessions', ['DELETE', 'GET']],
    ['/sessions/x', ['DELETE']],
    ['/v1/tenants', ['GET']],
    ['/v1/tenants/acme/route', ['GET']],
    ['/v1/tenants/nowhere/whatsapp', ['DELETE', 'GET', 'PATCH', 'POST']],
    ['/v1/tenants/acme/whatsapp/activities', ['GET']],
    ['/v1/tenants/acme/whatsapp/comments', ['POST']],
  ])('%s accepts only %s and rejects other methods with 405', async (path, methods) => {
    for (const method of [...every, ...exotic].filter((method) => !methods.includes(method))) {
      const answer = await bff.browser().request(method, path);
      expect([method, answer.status]).toEqual([method, 405]);
      if (method === 'HEAD') expect(answer.text).toBe('');
      else expectProblem(answer, 405, 'bff_method_not_allowed');
      expect(answer.headers.allow?.split(', ').sort()).toEqual(methods);
    }
    expect(bff.sinch.all.requests).toEqual([]);
  });

  it('CONNECT is rejected', async () => {
    const answer = await raw('CONNECT console.bff.test:443 HTTP/1.1', atConsole, 'X-CSRF: 1');
    expect(answer.status).toBeGreaterThanOrEqual(400);
  });

  it('the response to TRACE contains nothing of the request', async () => {
    const answer = await browser.request('TRACE', '/session', { headers: { 'x-secret': 'to-be-traced' } });
    expect(answer.text).not.toContain('to-be-traced');
    expect(answer.text).not.toContain('__Host-bff-session');
  });

  it('an upgrade is not accepted', async () => {
    const answer = await askRaw(bff.port, [
      ...['GET /session HTTP/1.1', atConsole, 'X-CSRF: 1', 'Connection: Upgrade', 'Upgrade: websocket'],
      ...['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='],
    ]);
    expectProblem(answer, 401, 'bff_session_required');
  });
});

it.each([
  ...['/nowhere', '/v1', '/v1/', '/v2/tenants', '/v1/tenants/acme', '/v1/tenants/acme/whatsapp/senders'],
  ...['/v1/admin', '/v1/admin/members', '/v1/admin/credentials', '/session/elevations', '/session/login'],
  ...['/session/callback', '/session/backchannel-logout'],
  ...['/docs/index.html', '/health/live', '/health/ready', '/metrics'],
  ...['/v1/projects/6e1f2a34-0000-4000-8000-000000000001/whatsapp', '/favicon.ico', '/robots.txt'],
  ...['/SESSION', '/V1/tenants', '/v1/Tenants', '/v1/tenants/acme/WhatsApp'],
])('%s is not a route, for any method or user', async (path) => {
  for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS']) {
    expectProblem(await browser.request(method, path), 404, 'bff_route_not_found');
    expectProblem(await bff.browser('admin').request(method, path), 404, 'bff_route_not_found');
  }
  expect(bff.sinch.all.requests).toEqual([]);
});
