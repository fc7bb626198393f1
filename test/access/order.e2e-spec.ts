import { afterAll, afterEach, beforeAll, describe, it } from '@jest/globals';
import { type Browser, type BrowserRequest } from '../support/browser.js';
import { expectProblem } from '../support/forwarding.js';
import { askRaw, expectNothingAsked } from '../support/raw-answer.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

type Caller = 'anonymous' | 'editor' | 'viewer' | 'admin';

let bff: Bff;
let browsers: Record<Caller, Browser>;
beforeAll(async () => {
  bff = await startBff();
  browsers = {
    anonymous: bff.browser(),
    editor: await bff.signedIn(the.editor),
    viewer: await bff.signedIn(the.viewer),
    admin: await bff.signedIn(the.admin, 'admin'),
  };
});
afterAll(() => bff.close());
afterEach(() => expectNothingAsked(bff.sinch));

const comments = '/v1/tenants/acme/whatsapp/comments';
const nowhere = '/v1/tenants/nowhere/whatsapp/comments';
const long = 1024 * 1024 + 1;
const json = { 'content-type': 'application/json' };
const text = { 'content-type': 'text/plain' };
const unframed = { 'transfer-encoding': 'chunked' };
const noCsrf = { 'x-csrf': undefined };
const evil = { origin: 'https://evil.example' };
const unknownHost = { host: 'unknown.test' };
const tooLong: BrowserRequest = { rawBody: 'x'.repeat(long), headers: { ...json, ...unframed } };
const tooLongText: BrowserRequest = { rawBody: 'x'.repeat(long), headers: { ...text, ...unframed } };

type Row = [
  before: string,
  after: string,
  Caller,
  method: string,
  path: string,
  BrowserRequest,
  number,
  string,
];

describe('the order of checks', () => {
  it.each<Row>([
    ['host', 'route', 'editor', 'GET', '/nowhere', { headers: unknownHost }, 421, 'bff_unknown_host'],
    ['host', 'percent-encoding', 'editor', 'GET', '/%zz', { headers: unknownHost }, 421, 'bff_unknown_host'],
    [
      ...(['host', 'segment length', 'editor', 'GET', `/v1/tenants/${'a'.repeat(200)}/route`] as const),
      ...([{ headers: unknownHost }, 421, 'bff_unknown_host'] as const),
    ],
    ['host', 'method', 'editor', 'PUT', '/session', { headers: unknownHost }, 421, 'bff_unknown_host'],
    [
      'host',
      'CSRF',
      'editor',
      'GET',
      '/session',
      { headers: { ...unknownHost, ...noCsrf } },
      421,
      'bff_unknown_host',
    ],
    ['route', 'CSRF', 'editor', 'GET', '/nowhere', { headers: noCsrf }, 404, 'bff_route_not_found'],
    ['route', 'origin', 'editor', 'GET', '/nowhere', { headers: evil }, 404, 'bff_route_not_found'],
    ['method', 'CSRF', 'editor', 'PUT', '/session', { headers: noCsrf }, 405, 'bff_method_not_allowed'],
    ['method', 'origin', 'editor', 'PUT', '/session', { headers: evil }, 405, 'bff_method_not_allowed'],
    [
      'method',
      'media type',
      'editor',
      'PUT',
      '/session',
      { rawBody: 'x', headers: text },
      405,
      'bff_method_not_allowed',
    ],
    [
      'CSRF',
      'origin',
      'editor',
      'GET',
      '/session',
      { headers: { ...noCsrf, ...evil } },
      403,
      'bff_csrf_header_required',
    ],
    ['CSRF', 'session', 'anonymous', 'GET', '/session', { headers: noCsrf }, 403, 'bff_csrf_header_required'],
    ['origin', 'session', 'anonymous', 'GET', '/session', { headers: evil }, 403, 'bff_origin_not_allowed'],
    [
      'CSRF',
      'media type',
      'anonymous',
      'POST',
      '/session',
      { rawBody: 'x', headers: { ...text, ...noCsrf } },
      403,
      'bff_csrf_header_required',
    ],
    [
      'session',
      'tenant',
      'anonymous',
      'GET',
      '/v1/tenants/nowhere/whatsapp',
      {},
      401,
      'bff_session_required',
    ],
    [
      'session',
      'media type',
      'anonymous',
      'POST',
      comments,
      { rawBody: 'x', headers: text },
      401,
      'bff_session_required',
    ],
    ['session', 'size', 'anonymous', 'POST', comments, tooLong, 401, 'bff_session_required'],
    ['session', 'input', 'anonymous', 'POST', comments, { body: {} }, 401, 'bff_session_required'],
    ['session', 'query', 'anonymous', 'GET', '/session?x=1', {}, 401, 'bff_session_required'],
    ['session', 'record', 'anonymous', 'DELETE', '/sessions/x', {}, 401, 'bff_session_required'],
    [
      'tenant',
      'media type',
      'editor',
      'POST',
      nowhere,
      { rawBody: 'x', headers: text },
      404,
      'bff_tenant_not_found',
    ],
    ['tenant', 'size', 'editor', 'POST', nowhere, tooLong, 404, 'bff_tenant_not_found'],
    ['tenant', 'input', 'editor', 'POST', nowhere, { body: {} }, 404, 'bff_tenant_not_found'],
    ['tenant', 'query', 'editor', 'GET', '/v1/tenants/nowhere/whatsapp?x=1', {}, 404, 'bff_tenant_not_found'],
    [
      'role',
      'media type',
      'viewer',
      'POST',
      comments,
      { rawBody: 'x', headers: text },
      403,
      'bff_role_required',
    ],
    ['role', 'size', 'viewer', 'POST', comments, tooLong, 403, 'bff_role_required'],
    ['role', 'input', 'viewer', 'POST', comments, { body: {} }, 403, 'bff_role_required'],
    ['role', 'query', 'viewer', 'POST', `${comments}?x=1`, { body: {} }, 403, 'bff_role_required'],
    ['media type', 'size', 'editor', 'POST', comments, tooLongText, 415, 'bff_unsupported_media_type'],
    [
      'media type',
      'query',
      'editor',
      'POST',
      `${comments}?x=1`,
      { rawBody: 'x', headers: text },
      415,
      'bff_unsupported_media_type',
    ],
    ['size', 'input', 'editor', 'POST', comments, tooLong, 413, 'bff_payload_too_large'],
    ['size', 'query', 'editor', 'POST', `${comments}?x=1`, tooLong, 413, 'bff_payload_too_large'],
    [
      'media type',
      'elevation',
      'admin',
      'POST',
      comments,
      { rawBody: 'x', headers: text },
      415,
      'bff_unsupported_media_type',
    ],
    ['size', 'elevation', 'admin', 'POST', comments, tooLong, 413, 'bff_payload_too_large'],
    ['input', 'elevation', 'admin', 'POST', comments, { body: {} }, 400, 'bff_invalid_input'],
    ['query', 'elevation', 'admin', 'GET', '/v1/tenants/acme/whatsapp?x=1', {}, 400, 'bff_invalid_input'],
    ['query', 'record', 'editor', 'DELETE', '/sessions/x?y=1', {}, 400, 'bff_invalid_input'],
    [
      'media type',
      'password',
      'anonymous',
      'POST',
      '/session',
      { rawBody: 'x', headers: text },
      415,
      'bff_unsupported_media_type',
    ],
    ['size', 'password', 'anonymous', 'POST', '/session', tooLong, 413, 'bff_payload_too_large'],
    [
      'query',
      'password',
      'anonymous',
      'POST',
      '/session?x=1',
      { body: the.editor },
      400,
      'bff_invalid_input',
    ],
  ])('the %s check precedes the %s check', async (...row) => {
    const [, , caller, method, path, request, status, errorCode] = row;
    const answer = await browsers[caller].request(method, path, request);
    expectProblem(answer, status, errorCode);
  });

  it.each<[what: string, lines: string[], status: number, errorCode: string]>([
    [
      'a Content-Length over the limit',
      [`Content-Length: ${long}`, 'Host: unknown.test'],
      413,
      'bff_payload_too_large',
    ],
    [
      'a header section over the limit',
      [`X-Long: ${'x'.repeat(17_000)}`, 'Host: unknown.test'],
      431,
      'bff_headers_too_large',
    ],
    ['a malformed header line', ['Host: unknown.test', 'no colon'], 400, 'bff_invalid_input'],
  ])('%s is rejected before the host check', async (_, lines, status, errorCode) => {
    for (const target of ['POST /session', 'POST /nowhere', 'PUT /session']) {
      const answer = await askRaw(bff.port, [`${target} HTTP/1.1`, ...lines, 'Connection: close']);
      expectProblem(answer, status, errorCode);
    }
  });

  it.each([
    ['/session', 413, 'bff_payload_too_large'],
    ['/nowhere', 413, 'bff_payload_too_large'],
    ['/%zz', 413, 'bff_payload_too_large'],
    [comments, 413, 'bff_payload_too_large'],
  ])(
    'a Content-Length over the limit is rejected before all other checks of %s',
    async (path, status, errorCode) => {
      const head = [`POST ${path} HTTP/1.1`, 'Host: console.bff.test', `Content-Length: ${long}`];
      expectProblem(await askRaw(bff.port, head), status, errorCode);
    },
  );
});

it.each(['100-continue', undefined])(
  'a request without a session is rejected before its body arrives, with Expect %s (PRX-19)',
  async (expectation) => {
    const answer = await askRaw(bff.port, [
      ...[`POST ${comments} HTTP/1.1`, 'Host: console.bff.test', 'X-CSRF: 1', 'Content-Length: 1000'],
      ...['Content-Type: application/json', ...(expectation === undefined ? [] : [`Expect: ${expectation}`])],
    ]);
    expectProblem(answer, 401, 'bff_session_required');
  },
);
