import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer } from '../support/browser.js';
import { expectProblem } from '../support/forwarding.js';
import { expectNothingAsked } from '../support/raw-answer.js';
import { type Bff, type FrontendName, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

const listed = 'https://app.bff.test';

let bff: Bff;
beforeAll(async () => {
  bff = await startBff();
});
afterAll(() => bff.close());
afterEach(() => expectNothingAsked(bff.sinch));

const list = (header: unknown): string[] =>
  String(header)
    .split(',')
    .map((entry) => entry.trim())
    .sort();
const requestHeaders = list(
  'Content-Type, X-CSRF, Idempotency-Key, Last-Event-ID, Prefer, traceparent, tracestate',
);
const exposedHeaders = list('X-Request-Id, Retry-After, Idempotency-Replayed');
const corsNames = ({ headers }: Answer): string[] =>
  Object.keys(headers).filter((name) => name.startsWith('access-control'));

function expectCors(answer: Answer, origin: string): void {
  expect(answer.headers).toMatchObject({
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
  });
  expect(list(answer.headers['access-control-expose-headers'])).toEqual(exposedHeaders);
  expect(list(answer.headers.vary)).toContain('Origin');
}

describe('a preflight (CSR-08)', () => {
  const preflight = (
    frontend: FrontendName,
    path: string,
    origin: string | string[] | undefined,
    method: string | undefined = 'GET',
  ): Promise<Answer> =>
    bff.browser(frontend).request('OPTIONS', path, {
      headers: {
        ...{ origin, 'x-csrf': undefined },
        'access-control-request-method': method,
        'access-control-request-headers': 'content-type,x-csrf',
        ...{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' },
      },
    });

  it.each<[FrontendName, origin: string, path: string, methods: string[]]>([
    ['partners', listed, '/session', ['DELETE', 'GET', 'POST']],
    ['partners', listed, '/sessions', ['DELETE', 'GET']],
    ['partners', listed, '/sessions/x', ['DELETE']],
    ['partners', listed, '/v1/tenants', ['GET']],
    ['partners', listed, '/v1/tenants/acme/whatsapp', ['DELETE', 'GET', 'PATCH', 'POST']],
    ['partners', listed, '/v1/tenants/nowhere/whatsapp/comments', ['POST']],
    ['partners', 'https://partners.bff.test', '/session', ['DELETE', 'GET', 'POST']],
    ['narrow', 'http://narrow.bff.test:8080', '/session', ['DELETE', 'GET', 'POST']],
  ])('at %s from %s for %s is accepted', async (frontend, origin, path, methods) => {
    const answer = await preflight(frontend, path, origin);
    expect([answer.status, answer.text]).toEqual([204, '']);
    expectCors(answer, origin);
    expect(list(answer.headers['access-control-allow-methods'])).toEqual(methods);
    expect(list(answer.headers['access-control-allow-headers'])).toEqual(requestHeaders);
    expect(answer.headers['set-cookie']).toBeUndefined();
  });

  it.each<[FrontendName, origin: string | string[]]>([
    ['partners', 'https://evil.example'],
    ['partners', 'https://console.bff.test'],
    ['partners', 'https://APP.bff.test'],
    ['partners', 'https://app.bff.test:443'],
    ['partners', 'null'],
    ['partners', ''],
    ['partners', [listed, listed]],
    ['console', listed],
  ])('at %s from %j is rejected without CORS headers', async (frontend, origin) => {
    const answer = await preflight(frontend, '/session', origin);
    expect(corsNames(answer)).toEqual([]);
    if (typeof origin === 'string') expectProblem(answer, 403, 'bff_origin_not_allowed');
    else expect([400, 403]).toContain(answer.status);
  });

  it.each(['/nowhere', '/session/login', '/v1/admin/members', '/v1/tenants//whatsapp', '/session/'])(
    'for the unknown route %s is rejected with 404',
    async (path) => {
      expectProblem(await preflight('partners', path, listed), 404, 'bff_route_not_found');
    },
  );

  it('requires an origin and a method; any other OPTIONS request is rejected with 405', async () => {
    const withoutOrigin = await preflight('partners', '/session', undefined);
    const withoutMethod = await bff
      .browser('partners')
      .request('OPTIONS', '/session', { headers: { origin: listed } });
    for (const answer of [withoutOrigin, withoutMethod]) {
      expectProblem(answer, 405, 'bff_method_not_allowed');
      expect(list(answer.headers.allow)).toEqual(['DELETE', 'GET', 'POST']);
    }
    expect(corsNames(withoutOrigin)).toEqual([]);
  });
});

describe('a cross-origin response (CSR-08)', () => {
  it('permits its origin and credentials, whatever its status', async () => {
    const browser = bff.browser('partners');
    const headers = { origin: listed, 'sec-fetch-site': 'same-site' };
    const { email, password } = the.partner;
    const answers = [
      await browser.post('/session', { email, password }, headers),
      await browser.get('/session', undefined, headers),
      await browser.get('/v1/tenants/acme/whatsapp', undefined, headers),
      await browser.get('/session?x=1', undefined, headers),
      await browser.put('/session', {}, headers),
      await browser.get('/nowhere', undefined, headers),
      await browser.get('/session', undefined, { ...headers, 'x-csrf': undefined }),
      await browser.request('POST', '/session', {
        rawBody: 'x',
        headers: { ...headers, 'content-type': 'text/plain' },
      }),
      await browser.delete('/session', undefined, headers),
      await browser.get('/session', undefined, headers),
    ];
    expect(answers.map(({ status }) => status)).toEqual([201, 200, 404, 400, 405, 404, 403, 415, 204, 401]);
    for (const answer of answers) expectCors(answer, listed);
  });

  it.each([undefined, 'https://evil.example', 'null'])(
    'has no CORS headers for Origin %s',
    async (origin) => {
      const answer = await bff.browser('partners').get('/session', undefined, { origin });
      expect(corsNames(answer)).toEqual([]);
    },
  );
});
