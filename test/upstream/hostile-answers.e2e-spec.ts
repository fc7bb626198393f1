import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Browser } from '../support/browser.js';
import { expectProblem, perform } from '../support/forwarding.js';
import { type CompleteReply } from '../support/reply.js';
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

const invalid = 'bff_upstream_invalid_response';
const json = { 'content-type': 'application/json' };
const error = { errorCode: 'x', message: 'X.', resolution: 'Y.' };
const success = (lines: string, body = '{"a":1}'): { raw: string } => ({
  raw: `HTTP/1.1 200 OK\r\n${lines}Content-Length: ${body.length}\r\n\r\n${body}`,
});

/** Number of occurrences of a header in a response. */
function times(rawHeaders: readonly string[], name: string): number {
  return rawHeaders.filter((header, index) => index % 2 === 0 && header.toLowerCase() === name).length;
}

describe('the Content-Type of a success', () => {
  it.each([
    ['application/json'],
    ['Application/JSON ; charset=utf-8'],
    ['application/json;'],
    ['application/json; a="b;\\"c"; d=e'],
  ])('%s is relayed as it is, once', async (contentType) => {
    bff.sinch.production.answer(success(`Content-Type: ${contentType}\r\n`));
    const answer = await perform(browser, 'account.get');
    expect({ status: answer.status, text: answer.text }).toEqual({ status: 200, text: '{"a":1}' });
    expect(answer.headers['content-type']).toBe(contentType);
    expect(times(answer.rawHeaders, 'content-type')).toBe(1);
  });

  it.each([
    ['repeated', 'Content-Type: application/json\r\nContent-Type: application/json\r\n'],
    ['repeated with a parameter', 'Content-Type: application/json;a=b\r\nContent-Type: text/html\r\n'],
    ['a list', 'Content-Type: application/json, application/json\r\n'],
    ['with a parameter that is not one', 'Content-Type: application/json; charset\r\n'],
    ['with an open quote', 'Content-Type: application/json; a="b\r\n'],
    ['with bytes outside ASCII', 'Content-Type: application/json; a=\u00e9\r\n'],
  ])('makes the response invalid if it is %s', async (_, lines) => {
    bff.sinch.production.answer(success(lines));
    expectProblem(await perform(browser, 'account.get'), 502, invalid);
    expect(bff.sinch.production.requests).toHaveLength(1);
  });

  it('is checked in linear time', async () => {
    bff.sinch.production.answer(success(`Content-Type: application/json${';  '.repeat(4_000)}!\r\n`));
    const startedAt = performance.now();
    expectProblem(await perform(browser, 'account.get'), 502, invalid);
    expect(performance.now() - startedAt).toBeLessThan(500);
  });
});

describe('the Retry-After of a response', () => {
  const broken = ['soon', '-1', '1.5', '1, 2', 'Wed, 30 Feb 2099 07:28:00 GMT', ['1', '2']];

  it.each(
    [...broken, '17'].flatMap((value) => [200, 204, 409, 429, 503].map((status) => ({ status, value }))),
  )('is relayed with $status only if it is valid: $value', async ({ status, value }) => {
    const body = status === 204 ? '' : JSON.stringify(error);
    bff.sinch.production.answer({ status, headers: { ...json, 'retry-after': value }, body });
    const answer = await perform(browser, 'account.delete');
    expect(answer.status).toBe(status);
    expect(answer.headers['retry-after']).toBe(value === '17' ? '17' : undefined);
  });

  it.each(broken)('is replaced in an error of another shape if it is not valid: %s', async (value) => {
    bff.sinch.production.answer({ status: 429, headers: { 'retry-after': value } });
    const answer = await perform(browser, 'account.get');
    expectProblem(answer, 429, 'bff_rate_limited');
    expect(answer.headers['retry-after']).toBe('1');
  });

  it('is relayed from a token endpoint only if it is valid', async () => {
    const credentials = { ...the.lantern.credentials, keyId: 'lantern-key-limited' };
    await bff.apply({ tenants: [{ ...the.lantern, credentials }] });
    bff.sinch.tokens['staging-dev'].answer({ status: 503, headers: { 'retry-after': '1, 2' } });
    const answer = await perform(browser, 'account.get', 'lantern');
    expectProblem(answer, 503, 'bff_upstream_unavailable');
    expect(answer.headers['retry-after']).toBe('5');
    expect(bff.sinch.all.requests).toEqual([]);
  });
});

it.each([400, 409, 429, 500, 503])(
  'an upstream error of status %i cannot use an error code of the service',
  async (status) => {
    const body = { errorCode: 'bff_session_required', message: 'canary', resolution: 'canary' };
    bff.sinch.production.answer({ status, body });
    const answer = await perform(browser, 'account.get');
    expectProblem(answer, 502, invalid);
    expect(answer.text).not.toContain('session');
  },
);

describe('an error of the upstream', () => {
  it('may begin with a byte order mark', async () => {
    bff.sinch.production.answer({ status: 409, headers: json, body: `\ufeff${JSON.stringify(error)}` });
    expect(expectProblem(await perform(browser, 'account.get'), 409, 'x')).toMatchObject(error);
  });

  it('keeps additionalInformation however deep it is nested', async () => {
    const deep = `${'['.repeat(30_000)}${']'.repeat(30_000)}`;
    const body = JSON.stringify(error).replace('}', `,"additionalInformation":${deep}}`);
    bff.sinch.production.answer({ status: 409, headers: json, body });
    const answer = await perform(browser, 'account.get');
    expect(answer.status).toBe(409);
    expect(answer.text).toContain(`"additionalInformation":${deep}`);
    expect(answer.json).toMatchObject(error);
  });

  const sized = (bytes: number): CompleteReply => {
    const body = JSON.stringify({ ...error, padding: '' });
    return { headers: json, body: body.replace('""', `"${'x'.repeat(bytes - body.length)}"`) };
  };

  it('of 64 KiB passes', async () => {
    bff.sinch.production.answer({ status: 409, ...sized(64 * 1024) });
    expectProblem(await perform(browser, 'account.get'), 409, 'x');
  });

  it.each([
    [409, 502, invalid],
    [429, 429, 'bff_rate_limited'],
    [503, 503, 'bff_upstream_unavailable'],
    [401, 502, 'bff_upstream_credentials_rejected'],
  ])('above 64 KiB counts as one without errorCode: %i becomes %i %s', async (status, becomes, errorCode) => {
    for (const chunked of [{}, { 'transfer-encoding': 'chunked' }]) {
      const { headers, ...reply } = sized(64 * 1024 + 1);
      bff.sinch.production.answer({ status, headers: { ...headers, ...chunked }, ...reply });
      expectProblem(await perform(browser, 'account.get'), becomes, errorCode);
    }
    bff.sinch.reset();
    expect((await perform(browser, 'account.get')).status).toBe(200);
  });

  it.each([
    ['its length', `Content-Length: ${16 * 1024 * 1024}\r\n\r\n{`],
    ['its first 64 KiB', `Transfer-Encoding: chunked\r\n\r\n1000000\r\n${'['.repeat(64 * 1024 + 1)}`],
  ])('of 16 MiB is answered after %s, without waiting for the rest', async (_, rest) => {
    bff.sinch.production.answer({
      raw: `HTTP/1.1 500 X\r\nContent-Type: application/json\r\n${rest}`,
      then: 'hold',
    });
    const aborted = bff.sinch.production.whenAborted();
    expectProblem(await perform(browser, 'account.get'), 502, invalid);
    await aborted;
    expect(bff.sinch.production.requests).toHaveLength(1);
  });
});
