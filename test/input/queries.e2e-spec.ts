import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Answer, type Browser } from '../support/browser.js';
import { expectProblem } from '../support/forwarding.js';
import { askRaw, expectNothingAsked } from '../support/raw-answer.js';
import { type Bff, startBff } from '../support/start-bff.js';
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
beforeEach(() => bff.sinch.reset());

/** Requests a target that an HTTP client would not send. */
const askFor = (target: string, method = 'GET'): Promise<Answer> =>
  askRaw(bff.port, [
    ...[`${method} ${target} HTTP/1.1`, 'Host: console.bff.test', 'X-CSRF: 1', `Cookie: ${cookie}`],
    'Connection: close',
  ]);

describe('queries (VAL-01, VAL-04)', () => {
  const activities = '/v1/tenants/acme/whatsapp/activities';

  it.each([
    ...['x=1', 'x', '=', '=1', 'pagetoken=a', 'PageSize=1', 'page_size=1', 'pageToken[]=a', 'pageToken.x=a'],
    ...[
      'pageToken=a&pageToken=a',
      'pageToken=a&pageToken=b',
      'pageSize=1&pageSize=2',
      'pageToken=a&%70ageToken=b',
    ],
    ...['pageToken=a&pageToken', 'pageSize=', `pageToken=${'a'.repeat(8_193)}`],
    ...[
      'pageSize=0',
      'pageSize=101',
      'pageSize=1.5',
      'pageSize=-1',
      'pageSize=1e1',
      'pageSize=%31%00',
      'pageSize=abc',
    ],
    ...[
      '__proto__=1',
      '__proto__[x]=1',
      'constructor=1',
      'prototype=1',
      'constructor[prototype]=1',
      '%5f_proto__=1',
    ],
    ...['toString=1', 'hasOwnProperty=1', 'valueOf=1', 'isPrototypeOf=1', '__defineGetter__=1', 'then=1'],
    ...['pageToken=a&__proto__=b', 'projectId=1', 'tenantId=orchard', '_method=DELETE', 'pageToken=a&=b'],
  ])('?%s is rejected', async (query) => {
    const answer = await askFor(`${activities}?${query}`);
    const problem = expectProblem(answer, 400, 'bff_invalid_input');
    expect(problem.additionalInformation).toEqual({
      validationErrors: expect.arrayContaining([expect.any(String)]) as unknown,
    });
    expectNothingAsked(bff.sinch);
  });

  it.each<[method: string, path: string]>([
    ['GET', '/'],
    ['GET', '/session'],
    ['DELETE', '/session'],
    ['DELETE', '/sessions'],
    ['GET', '/v1/tenants/acme/route'],
    ['GET', '/v1/tenants/acme/whatsapp'],
    ['DELETE', '/v1/tenants/acme/whatsapp'],
  ])('%s %s accepts no query', async (method, path) => {
    for (const query of ['x=1', 'pageToken=a', '__proto__=1', 'toString=1', '=']) {
      expectProblem(await browser.request(method, `${path}?${query}`), 400, 'bff_invalid_input');
    }
    expectNothingAsked(bff.sinch);
    expect((await browser.get('/session')).status).toBe(200);
  });

  const tokens = [
    ...[...` !"#$%&'()*+,-./:;<=>?@[\\]^_\`{|}~`].map((character) => `a${character}b`),
    ...[
      '..',
      '../..',
      'a\r\nX-A: b',
      'a\u0000b',
      '\t',
      '%2e',
      '%',
      '+',
      'zażółć',
      '👋🏽',
      '\u2028',
      '\ufeffa',
      '\ufffd',
    ],
    ...['https://evil.example/?a=b#c', "');--", '${x}', '{{x}}', '__proto__', 'a'.repeat(8_192)],
  ];

  it.each(tokens)('the page token %j arrives as the same value (PRX-04)', async (token) => {
    const answer = await browser.get(`${activities}?pageToken=${encodeURIComponent(token)}`);
    expect(answer.status).toBe(200);
    const { pathname, searchParams } = new URL(bff.sinch.production.lastRequest.url, 'http://upstream');
    expect(pathname).toBe(`/v1/projects/${the.acme.projectId}/whatsapp/activities`);
    expect([...searchParams]).toEqual([['pageToken', token]]);
    expect(bff.sinch.production.requests).toHaveLength(1);
    expect(bff.sinch.allBut('production').requests).toEqual([]);
  });

  it.each([
    ["a:/?@!$'()*,;=b", "a:/?@!$'()*,;=b"],
    ['a+b', 'a b'],
    ['a%2Bb', 'a+b'],
    ['%61', 'a'],
  ])('the page token written as %j arrives as %j', async (written, token) => {
    expect((await askFor(`${activities}?pageToken=${written}`)).status).toBe(200);
    const { searchParams } = new URL(bff.sinch.production.lastRequest.url, 'http://upstream');
    expect([...searchParams]).toEqual([['pageToken', token]]);
  });

  it.each([
    '%',
    '%zz',
    '%2',
    '%ff',
    '%c0%af',
    '%ed%a0%80',
    'a%00%ff',
    'a#b',
    '\u00e9',
    '\u00ff\u00fe',
    'a\\b"<>',
  ])('the page token %j, which is not valid text, is rejected or arrives unchanged', async (written) => {
    const answer = await askFor(`${activities}?pageToken=${written}`);
    if (answer.status === 200) {
      const { searchParams } = new URL(bff.sinch.production.lastRequest.url, 'http://upstream');
      expect([...searchParams]).toEqual([['pageToken', written]]);
    } else {
      expectProblem(answer, 400, 'bff_invalid_input');
      expectNothingAsked(bff.sinch);
    }
  });
});
