import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { expectProblem } from '../support/forwarding.js';
import { expectNothingAsked } from '../support/raw-answer.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

let bff: Bff;
beforeAll(async () => {
  bff = await startBff();
});
afterAll(() => bff.close());

/** Far more time than a rejection takes, far less than work that is quadratic in the number of members. */
const generousMs = 1_500;
const members = Array.from({ length: 80_000 }, (_, index) => `"m${index}":1`).join(',');
const elements = Array.from({ length: 500_000 }, () => '1').join(',');

it.each<[what: string, method: string, path: string, body: string]>([
  ['unknown members without a session', 'POST', '/session', `{${members}}`],
  ['elements without a session', 'POST', '/session', `{"email":[${elements}],"password":"x"}`],
  ['unknown members', 'POST', '/v1/tenants/acme/whatsapp/comments', `{"comment":"x",${members}}`],
  ['members of a sender', 'PATCH', '/v1/tenants/acme/whatsapp', `{"senderDetails":{${members}}}`],
  ['elements of a sender', 'PATCH', '/v1/tenants/acme/whatsapp', `{"senderDetails":[${elements}]}`],
])('many %s do not delay other requests (VAL-02, VAL-13)', async (_, method, path, rawBody) => {
  const browser = await bff.signedIn(the.editor);
  const other = await bff.signedIn(the.viewer);
  bff.sinch.reset();
  const startedAt = performance.now();
  const rejection = browser.request(method, path, {
    rawBody,
    headers: { 'content-type': 'application/json' },
  });
  const others = [rejection.then(() => other.get('/session')), other.get('/session')];
  expectProblem(await rejection, 400, 'bff_invalid_input');
  expect((await Promise.all(others)).map(({ status }) => status)).toEqual([200, 200]);
  expect(performance.now() - startedAt).toBeLessThan(generousMs);
  expectNothingAsked(bff.sinch);
});
