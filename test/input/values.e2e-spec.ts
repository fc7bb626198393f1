import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Answer, type Browser, type BrowserHeaders } from '../support/browser.js';
import { expectProblem } from '../support/forwarding.js';
import { expectNothingAsked } from '../support/raw-answer.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

let bff: Bff;
let browser: Browser;
beforeAll(async () => {
  bff = await startBff();
  browser = await bff.signedIn(the.editor);
});
afterAll(() => bff.close());
beforeEach(() => bff.sinch.reset());

const limit = 1024 * 1024;
const json = { 'content-type': 'application/json' };

const comment = (rawBody: string | Buffer | undefined, headers: BrowserHeaders = json): Promise<Answer> =>
  browser.request('POST', '/v1/tenants/acme/whatsapp/comments', {
    headers,
    ...(rawBody !== undefined && { rawBody }),
  });

function expectRefused(answer: Answer, status: number, errorCode: string): void {
  expectProblem(answer, status, errorCode);
  expectNothingAsked(bff.sinch);
}

/** Only the server of the tenant received a request, with exactly this body. */
function expectSent(answer: Answer, body: object): void {
  expect(answer.status).toBe(200);
  expect(bff.sinch.production.requests.map((request) => request.body)).toEqual([JSON.stringify(body)]);
  expect(bff.sinch.allBut('production').requests).toEqual([]);
}

describe('media types (CSR-06)', () => {
  it.each([
    ...[
      undefined,
      '',
      'text/plain',
      'text/plain; application/json',
      'text/json',
      'application/x-www-form-urlencoded',
    ],
    ...['multipart/form-data; boundary=x', 'application/jsonx', 'application/json-patch+json'],
    ...[
      'application/vnd.api+json',
      'application/problem+json',
      'application/json5',
      'application/ndjson',
      '*/*',
    ],
    ...[
      'application/*',
      'application',
      'json',
      'application /json',
      'application/ json',
      'application/json/x',
    ],
    ...['application/json, text/plain', 'text/plain, application/json', 'application/json application/json'],
    ...[
      'application/xml',
      'application/octet-stream',
      'application/json\u00a0',
      'application/merge-patch+json',
    ],
  ])('the Content-Type %j is rejected with 415', async (type) => {
    for (const rawBody of ['{"comment":"x"}', 'comment=x']) {
      expectRefused(await comment(rawBody, { 'content-type': type }), 415, 'bff_unsupported_media_type');
    }
    const signIn = await bff.browser().request('POST', '/session', {
      rawBody: JSON.stringify({ email: the.editor.email, password: the.editor.password }),
      headers: { 'content-type': type },
    });
    expectRefused(signIn, 415, 'bff_unsupported_media_type');
    expect(signIn.headers['set-cookie']).toBeUndefined();
  });

  it('a repeated application/json is rejected, even where no body is expected', async () => {
    const twice = { 'content-type': ['application/json', 'application/json'] };
    expect([400, 415]).toContain((await comment('{"comment":"x"}', twice)).status);
    expect([400, 415]).toContain((await browser.get('/v1/tenants/acme/whatsapp', undefined, twice)).status);
    expectNothingAsked(bff.sinch);
  });

  it.each([
    ...['application/json', 'application/json; charset=utf-8', 'application/json;charset=UTF-8'],
    ...['Application/JSON', 'application/json; charset="utf-8"', 'application/json ; charset=utf-8'],
  ])('the Content-Type %j is accepted', async (type) => {
    expectSent(await comment('{"comment":"zażółć 👋"}', { 'content-type': type }), { comment: 'zażółć 👋' });
  });

  it.each(['utf-16', 'ISO-8859-1', '"utf-7"'])('a body in charset %s is rejected', async (charset) => {
    const headers = { 'content-type': `application/json; charset=${charset}` };
    expectRefused(await comment('{"comment":"x"}', headers), 415, 'bff_unsupported_media_type');
  });

  it.each(['gzip', 'br', 'identity, gzip'])(
    'a body with Content-Encoding %s is rejected',
    async (encoding) => {
      const answer = await comment('{"comment":"x"}', { ...json, 'content-encoding': encoding });
      expectRefused(answer, 415, 'bff_unsupported_media_type');
    },
  );

  it('a body with Content-Encoding identity is accepted', async () => {
    const answer = await comment('{"comment":"x"}', { ...json, 'content-encoding': 'identity' });
    expectSent(answer, { comment: 'x' });
  });
});

describe('JSON bodies (VAL-03)', () => {
  it.each<[what: string, body: string | Buffer | undefined]>([
    ['no body', undefined],
    ['an empty body', ''],
    ['white space', ' \n'],
    ['null', 'null'],
    ['true', 'true'],
    ['a number', '1'],
    ['a string', '"comment"'],
    ['an array', '[]'],
    ['an array with the object', '[{"comment":"x"}]'],
    ['an empty object', '{}'],
    ['a form', 'comment=x'],
    ['an object that does not end', '{"comment":"x"'],
    ['bytes after the object', '{"comment":"x"}x'],
    ['two objects', '{"comment":"x"}{"comment":"y"}'],
    ['a BOM', '\ufeff{"comment":"x"}'],
    ['a comment', '{"comment":"x"/* y */}'],
    ['a trailing comma', '{"comment":"x",}'],
    ['single quotes', "{'comment':'x'}"],
    ['a raw control character', '{"comment":"a\u0001b"}'],
    ['a raw line feed', '{"comment":"a\nb"}'],
    ['NaN', '{"comment":NaN}'],
    ['XSSI padding', ')]}\'\n{"comment":"x"}'],
    ['invalid UTF-8', Buffer.from([...Buffer.from('{"comment":"'), 0xff, ...Buffer.from('"}')])],
    ['overlong UTF-8', Buffer.from([...Buffer.from('{"comment":"'), 0xc0, 0xaf, ...Buffer.from('"}')])],
    [
      'a surrogate in UTF-8',
      Buffer.from([...Buffer.from('{"comment":"'), 0xed, 0xa0, 0x80, ...Buffer.from('"}')]),
    ],
    ['truncated UTF-8', Buffer.from([...Buffer.from('{"comment":"x"}'), 0xe2, 0x82])],
    ['UTF-16', Buffer.from('{"comment":"x"}', 'utf16le')],
    ['a depth of 10 000 arrays', `{"comment":${'['.repeat(10_000)}${']'.repeat(10_000)}}`],
    ['a depth of 10 000 objects', `${'{"comment":'.repeat(10_000)}1${'}'.repeat(10_000)}`],
    ['half a megabyte of brackets', '['.repeat(500_000)],
  ])('a body that is not a JSON object in UTF-8 is rejected: %s', async (_, body) => {
    expectRefused(await comment(body), 400, 'bff_invalid_input');
  });

  it.each<[what: string, body: string]>([
    ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf'].map(
      (name): [string, string] => [name, `{"comment":"x","${name}":{"polluted":true}}`],
    ),
    ...[
      'isPrototypeOf',
      '__defineGetter__',
      '__lookupSetter__',
      'propertyIsEnumerable',
      'toLocaleString',
    ].map((name): [string, string] => [name, `{"comment":"x","${name}":1}`]),
    ['__proto__ with an escape', '{"comment":"x","\\u005f_proto__":{"polluted":true}}'],
    ['__proto__ with the comment', '{"__proto__":{"comment":"x"}}'],
    ['constructor.prototype', '{"comment":"x","constructor":{"prototype":{"polluted":true}}}'],
    ['then', '{"comment":"x","then":"y"}'],
    ['with an empty name', '{"comment":"x","":1}'],
    ['Comment with a capital letter', '{"comment":"x","Comment":"y"}'],
    ['projectId', `{"comment":"x","projectId":"${the.orchard.projectId}"}`],
    ['tenantId', '{"comment":"x","tenantId":"orchard"}'],
    ['_method', '{"comment":"x","_method":"DELETE"}'],
    ['y with the value null', '{"comment":"x","y":null}'],
  ])('the unknown member %s is rejected (VAL-01, AZT-03)', async (_, body) => {
    expectRefused(await comment(body), 400, 'bff_invalid_input');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('only the last of repeated members is validated and sent', async () => {
    expectSent(await comment('{"comment":1,"comment":{"__proto__":1},"comment":"last"}'), {
      comment: 'last',
    });
    bff.sinch.reset();
    expectRefused(await comment('{"comment":"first","comment":1}'), 400, 'bff_invalid_input');
  });
});

describe('sizes (VAL-02)', () => {
  const whole = (bytes: number): string => `{"comment":"x"}${' '.repeat(bytes - 15)}`;

  it.each<[framing: string, headers: BrowserHeaders]>([
    ['with its length', json],
    ['in chunks', { ...json, 'transfer-encoding': 'chunked' }],
  ])('a body of 1 MiB %s is accepted, and one byte more is rejected', async (_, headers) => {
    expectSent(await comment(whole(limit), headers), { comment: 'x' });
    bff.sinch.reset();
    expectRefused(await comment(whole(limit + 1), headers), 413, 'bff_payload_too_large');
    expect((await browser.get('/session')).status).toBe(200);
  });

  it.each<[what: string, passes: boolean, text: string]>([
    ['one letter', true, 'x'],
    ['nothing', false, ''],
    ['a space', true, ' '],
    ['65535 letters', true, 'x'.repeat(65_535)],
    ['65536 letters', false, 'x'.repeat(65_536)],
    ['65535 emoji', true, '👋'.repeat(65_535)],
    ['65536 emoji', false, '👋'.repeat(65_536)],
    ['65535 lone surrogates', true, '\ud83d'.repeat(65_535)],
    ['65536 lone surrogates', false, '\ud83d'.repeat(65_536)],
    ['65535 zeros', true, '\u0000'.repeat(65_535)],
    ['control characters, quotes and separators', true, '\u0000\u001f"\\/\u2028\u2029\ufeff\r\n</script>'],
    ['reversed surrogates', true, '\udc4b\ud83d'],
  ])('a comment of %s is accepted: %s', async (_, passes, text) => {
    const answer = await comment(JSON.stringify({ comment: text }));
    if (passes) expectSent(answer, { comment: text });
    else expectRefused(answer, 400, 'bff_invalid_input');
  });

  it.each([null, 1, true, ['x'], { x: 1 }, { length: 1 }])('the comment %j is rejected', async (value) => {
    expectRefused(await comment(JSON.stringify({ comment: value })), 400, 'bff_invalid_input');
  });
});

describe('method overrides (CSR-07)', () => {
  it.each(['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override', '_method'])(
    '%s has no effect',
    async (name) => {
      const answer = await comment('{"comment":"x"}', { ...json, [name]: 'DELETE' });
      expectSent(answer, { comment: 'x' });
      expect(bff.sinch.production.lastRequest.method).toBe('POST');
      bff.sinch.reset();
      expect((await browser.get('/v1/tenants/acme/whatsapp', undefined, { [name]: 'DELETE' })).status).toBe(
        200,
      );
      expect(bff.sinch.production.lastRequest.method).toBe('GET');
      expect((await browser.get('/session', undefined, { [name]: 'DELETE' })).status).toBe(200);
      expect((await browser.get('/session')).status).toBe(200);
    },
  );
});

it('the body of a GET is not sent to the upstream', async () => {
  const rawBody = '{"projectId":"x"}';
  const answer = await browser.request('GET', '/v1/tenants/acme/whatsapp', { rawBody, headers: json });
  expect(answer.status).toBe(200);
  expect(bff.sinch.production.lastRequest.body).toBe('');
});

describe('the body of a DELETE (VAL-01)', () => {
  const remove = (rawBody: string): Promise<Answer> =>
    browser.request('DELETE', '/v1/tenants/acme/whatsapp', { rawBody, headers: json });

  it.each(['{"projectId":"x"}', '{"":1}', '[]', '[1]', '"x"', '1', '{"x'])(
    'is rejected: %s',
    async (body) => {
      expectRefused(await remove(body), 400, 'bff_invalid_input');
      expect(bff.sinch.all.requests).toEqual([]);
    },
  );

  it.each(['', '{}', 'null'])('may be "%s", which is not sent to the upstream', async (body) => {
    expect((await remove(body)).status).toBe(200);
    expect(bff.sinch.production.lastRequest.body).toBe('');
  });
});
