import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

const NAME = '__Host-bff-session';

let bff: Bff;
let ticket = '';
beforeAll(async () => {
  bff = await startBff();
  ticket = (await bff.signedIn(the.editor)).cookies.get(NAME) ?? '';
});
afterAll(() => bff.close());

it('500 mutated cookies are rejected with 401, and none causes a 5xx or is a session (SES-04)', async () => {
  const other = bff.browser();
  const replacement = fc.stringMatching(/^[A-Za-z0-9_=;, "-]{1,3}$/);
  await fc.assert(
    fc.asyncProperty(fc.nat(42), replacement, fc.boolean(), async (at, put, insert) => {
      const mutated = ticket.slice(0, at) + put + ticket.slice(at + (insert ? 0 : put.length));
      fc.pre(mutated !== ticket);
      const cookie = `${NAME}=${mutated}`;
      const answer = await other.get('/v1/tenants/acme/whatsapp', undefined, { cookie });
      expect([cookie, answer.status]).toEqual([cookie, 401]);
    }),
    { numRuns: 500 },
  );
  expect(bff.sinch.all.requests).toEqual([]);
});

it('the unchanged ticket authenticates among 500 other cookies', async () => {
  const others = Array.from({ length: 500 }, (_, index) => `c${index}=v`);
  const cookie = [...others.slice(0, 250), `${NAME}=${ticket}`, ...others.slice(250)].join('; ');
  const answer = await bff.browser().get('/v1/tenants/acme/whatsapp', undefined, { cookie });
  expect(answer.status).toBe(200);
  expect(bff.sinch.production.lastRequest.headers.cookie).toBeUndefined();
});
