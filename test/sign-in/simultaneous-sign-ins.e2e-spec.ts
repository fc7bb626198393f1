import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

let bff: Bff;
beforeAll(async () => {
  bff = await startBff();
});
afterAll(() => bff.close());

it('each of many simultaneous sign-ins gets its own result, and no other user is signed in', async () => {
  const people = [the.editor, the.viewer, the.partner, the.admin];
  const attempts = Array.from({ length: 40 }, (_, index) => {
    const { email, password } = people[index % people.length] ?? the.editor;
    return index % 5 === 4
      ? { email: `nobody-${index}@acme.example`, password, signedIn: null }
      : { email, password, signedIn: email };
  });
  const outcomes = await Promise.all(
    attempts.map(async ({ email, password }) => {
      const browser = bff.browser();
      const answer = await browser.post('/session', { email, password });
      if (answer.status !== 201) return null;
      return ((await browser.get('/session')).json as { user: { email: string } }).user.email;
    }),
  );
  expect(outcomes).toEqual(attempts.map(({ signedIn }) => signedIn));
});
