import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser } from '../support/browser.js';
import { expectProblem } from '../support/forwarding.js';
import { askRaw, expectNothingAsked } from '../support/raw-answer.js';
import { type Bff, type FrontendName, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

let bff: Bff;
let browser: Browser;
let cookie: string;
beforeAll(async () => {
  bff = await startBff();
  browser = await bff.signedIn(the.editor);
  cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
});
afterAll(() => bff.close());
afterEach(() => expectNothingAsked(bff.sinch));

const routes: [method: string, path: string][] = [
  ['POST', '/session'],
  ['GET', '/session'],
  ['DELETE', '/session'],
  ['GET', '/sessions'],
  ['DELETE', '/sessions'],
  ['DELETE', '/sessions/00000000-0000-4000-8000-000000000000'],
  ['GET', '/v1/tenants'],
  ['GET', '/v1/tenants/acme/route'],
  ['GET', '/v1/tenants/acme/whatsapp'],
  ['POST', '/v1/tenants/acme/whatsapp'],
  ['PATCH', '/v1/tenants/acme/whatsapp'],
  ['DELETE', '/v1/tenants/acme/whatsapp'],
  ['GET', '/v1/tenants/acme/whatsapp/activities'],
  ['POST', '/v1/tenants/acme/whatsapp/comments'],
];

describe('the Host header (PRX-09)', () => {
  it.each([
    'unknown.test',
    'CONSOLE.bff.test',
    'Console.bff.test',
    'console.bff.test.',
    'console.bff.test:443',
    'console.bff.test:80',
    'console.bff.test:',
    'narrow.bff.test',
    'narrow.bff.test:8081',
    'x.console.bff.test',
    'bff.test',
    'user@console.bff.test',
    'console.bff.test/x',
    'https://console.bff.test',
    'console.bff.test, console.bff.test',
    'console.bff.test unknown.test',
    '127.0.0.1',
    '__proto__',
    '',
  ])('"%s" is rejected with 421', async (host) => {
    const answer = await askRaw(bff.port, [
      ...['GET /session HTTP/1.1', `Host: ${host}`, 'X-CSRF: 1', `Cookie: ${cookie}`],
      ...['X-Forwarded-Host: console.bff.test', 'X-Forwarded-Proto: https'],
      ...['Forwarded: host=console.bff.test', 'X-Host: console.bff.test'],
    ]);
    expectProblem(answer, 421, 'bff_unknown_host');
  });

  it.each<[FrontendName, host: string]>([
    ['console', 'console.bff.test'],
    ['partners', 'partners.bff.test'],
    ['admin', 'admin.bff.test'],
    ['narrow', 'narrow.bff.test:8080'],
  ])('%s is served at %s, whatever the forwarding headers say', async (name, host) => {
    const answer = await bff.browser(name).get('/session', undefined, {
      'x-forwarded-host': 'unknown.test',
      forwarded: 'host=unknown.test',
      host,
    });
    expectProblem(answer, 401, 'bff_session_required');
  });

  it('is required', async () => {
    const answer = await askRaw(bff.port, ['GET /session HTTP/1.1', 'X-CSRF: 1', `Cookie: ${cookie}`]);
    expectProblem(answer, 400, 'bff_invalid_input');
  });

  it.each([
    ['console.bff.test', 'console.bff.test'],
    ['console.bff.test', 'admin.bff.test'],
    ['unknown.test', 'console.bff.test'],
  ])('%s together with %s is rejected', async (...hosts) => {
    const answer = await askRaw(bff.port, [
      ...['GET /session HTTP/1.1', ...hosts.map((host) => `Host: ${host}`)],
      ...['X-CSRF: 1', `Cookie: ${cookie}`],
    ]);
    expect([400, 421]).toContain(answer.status);
  });

  it.each([
    'http://unknown.test/session',
    'http://admin.bff.test/session',
    'http://unknown.test/',
    '//unknown.test/session',
    'unknown.test:443',
  ])('no route is found for the target %s', async (target) => {
    const answer = await askRaw(bff.port, [
      ...[`GET ${target} HTTP/1.1`, 'Host: console.bff.test', 'X-CSRF: 1', `Cookie: ${cookie}`],
    ]);
    expect([400, 404]).toContain(answer.status);
  });
});

describe('the CSRF header (CSR-01)', () => {
  it.each(routes)('%s %s requires it', async (method, path) => {
    const body = method === 'POST' || method === 'PATCH' ? {} : undefined;
    const answer = await browser.request(method, path, { body, headers: { 'x-csrf': undefined } });
    expectProblem(answer, 403, 'bff_csrf_header_required');
  });

  it.each<[value: string | string[]]>([
    [''],
    ['0'],
    ['2'],
    ['11'],
    ['01'],
    ['1.0'],
    ['true'],
    ['1, 1'],
    ['１'],
    [['1', '1']],
    [['1', '0']],
  ])('%j is rejected', async (value) => {
    const text = typeof value === 'string' ? Buffer.from(value).toString('latin1') : value;
    const answer = await browser.get('/session', undefined, { 'x-csrf': text });
    expectProblem(answer, 403, 'bff_csrf_header_required');
  });

  it.each(['X_CSRF', 'X-CSRF-', 'X-CSRF-Token', 'X-Requested-With', 'X.CSRF', 'XCSRF'])(
    '%s does not replace it',
    async (name) => {
      const answer = await browser.get('/session', undefined, { 'x-csrf': undefined, [name]: '1' });
      expectProblem(answer, 403, 'bff_csrf_header_required');
    },
  );

  it('does not count as a trailer', async () => {
    const answer = await askRaw(
      bff.port,
      [
        ...['DELETE /session HTTP/1.1', 'Host: console.bff.test', 'Transfer-Encoding: chunked'],
        ...['Trailer: X-CSRF', 'Content-Type: application/json'],
      ],
      '2\r\n{}\r\n0\r\nX-CSRF: 1\r\n\r\n',
    );
    expectProblem(answer, 403, 'bff_csrf_header_required');
  });
});

describe('the origin (CSR-04)', () => {
  it.each([
    'null',
    '',
    '*',
    'https://evil.example',
    'http://console.bff.test',
    'https://CONSOLE.bff.test',
    'HTTPS://console.bff.test',
    'https://console.bff.test/',
    'https://console.bff.test.',
    'https://console.bff.test:443',
    'https://console.bff.test:8443',
    'https://xconsole.bff.test',
    'https://x.console.bff.test',
    'https://console.bff.test.evil.example',
    'https://console.bff.test@evil.example',
    'https://console.bff.test https://evil.example',
    'https://admin.bff.test',
    'https://app.bff.test',
    'console.bff.test',
  ])('"%s" can neither read nor write at console', async (origin) => {
    for (const [method, path] of routes) {
      const answer = await browser.request(method, path, { headers: { origin } });
      expectProblem(answer, 403, 'bff_origin_not_allowed');
      expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });

  it('is rejected if it is repeated, even if it is listed', async () => {
    const origin = ['https://console.bff.test', 'https://console.bff.test'];
    const answer = await browser.get('/session', undefined, { origin });
    expect([400, 403]).toContain(answer.status);
  });

  it.each<[FrontendName, origin: string | undefined]>([
    ['console', 'https://console.bff.test'],
    ['console', undefined],
    ['partners', 'https://partners.bff.test'],
    ['partners', 'https://app.bff.test'],
    ['narrow', 'http://narrow.bff.test:8080'],
  ])('%s accepts %s', async (name, origin) => {
    const visitor = bff.browser(name);
    expectProblem(await visitor.get('/session', undefined, { origin }), 401, 'bff_session_required');
    expect((await visitor.delete('/session', undefined, { origin })).status).toBe(204);
  });
});
