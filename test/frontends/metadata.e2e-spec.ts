import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { expectProblem } from '../support/forwarding.js';
import { expectNothingAsked } from '../support/raw-answer.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

let bff: Bff;
beforeAll(async () => {
  bff = await startBff();
});
afterAll(() => bff.close());
afterEach(() => expectNothingAsked(bff.sinch));

const routes: [method: string, path: string][] = [
  ['POST', '/session'],
  ['GET', '/session'],
  ['DELETE', '/session'],
  ['GET', '/sessions'],
  ['GET', '/v1/tenants/acme/whatsapp'],
  ['PATCH', '/v1/tenants/acme/whatsapp'],
];

describe('Fetch Metadata (CSR-03)', () => {
  const own = 'https://partners.bff.test';
  const listed = 'https://app.bff.test';

  it.each<[site: string | string[], origin: string | undefined, passes: boolean]>([
    ['same-origin', undefined, true],
    ['same-origin', own, true],
    ['same-origin', 'https://evil.example', false],
    ['same-site', undefined, false],
    ['same-site', listed, true],
    ['same-site', 'https://evil.bff.test', false],
    ['same-site', 'null', false],
    ['cross-site', undefined, false],
    ['cross-site', listed, false],
    ['cross-site', own, false],
    ['none', undefined, false],
    ['none', own, false],
    ['', undefined, false],
    ['Same-Origin', undefined, false],
    ['same-origin, cross-site', undefined, false],
    [['same-origin', 'same-origin'], undefined, false],
    [['same-origin', 'cross-site'], undefined, false],
    ['something-new', listed, false],
  ])('a call from %j with Origin %s is accepted: %s', async (site, origin, passes) => {
    for (const dest of [undefined, 'empty', 'document']) {
      const headers = { 'sec-fetch-site': site, 'sec-fetch-dest': dest, origin };
      for (const [method, path] of routes) {
        if (passes && method === 'POST') continue;
        const answer = await bff.browser('partners').request(method, path, { headers });
        if (passes) expect([204, 401]).toContain(answer.status);
        else expectProblem(answer, 403, 'bff_origin_not_allowed');
      }
    }
  });

  it.each<[site: string | undefined, dest: string | undefined, origin: string | undefined, passes: boolean]>([
    [undefined, undefined, undefined, true],
    ['same-origin', 'document', undefined, true],
    ['none', 'document', undefined, true],
    ['none', undefined, undefined, true],
    ['cross-site', 'document', undefined, true],
    ['cross-site', undefined, undefined, true],
    ['none', 'empty', undefined, false],
    ['cross-site', 'empty', undefined, false],
    ['cross-site', 'iframe', undefined, false],
    ['cross-site', 'frame', undefined, false],
    ['cross-site', 'object', undefined, false],
    ['cross-site', 'image', undefined, false],
    ['cross-site', 'script', undefined, false],
    ['cross-site', '', undefined, false],
    ['cross-site', 'document, document', undefined, false],
    ['cross-site', 'document', 'null', false],
    ['cross-site', 'document', 'https://evil.example', false],
    ['same-site', 'document', undefined, true],
    ['same-site', undefined, undefined, true],
    ['same-site', 'iframe', undefined, false],
    ['something-new', 'document', undefined, false],
  ])('GET / from %s to %s with Origin %s is accepted: %s', async (site, dest, origin, passes) => {
    const answer = await bff.browser('partners').get('/', undefined, {
      ...{ 'x-csrf': undefined, origin },
      ...{ 'sec-fetch-site': site, 'sec-fetch-dest': dest, 'sec-fetch-mode': 'navigate' },
    });
    if (passes) expect(answer.status).toBe(200);
    else expectProblem(answer, 403, 'bff_origin_not_allowed');
  });

  it('GET / lists the users as plain text, without a secret', async () => {
    const answer = await bff.browser().get('/', undefined, { 'x-csrf': undefined });
    expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(answer.text).toContain(the.editor.email);
    expect(answer.text).not.toMatch(/canary/);
  });
});
