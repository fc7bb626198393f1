import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { attempt, names, openOracle } from '../support/sign-in-oracle.js';
import { type Bff } from '../support/start-bff.js';

let bff: Bff;
beforeAll(async () => {
  bff = await openOracle();
});
afterAll(() => bff.close());

it('the response to a failed sign-in does not reveal whether an account exists', async () => {
  const answers = new Set<string>();
  for (const name of names) {
    const { answer } = await attempt(name);
    const id = answer.headers['x-request-id'] as string;
    const headers = Object.entries(answer.headers).filter(
      ([header]) => !['x-request-id', 'date'].includes(header),
    );
    answers.add(JSON.stringify([answer.status, headers, answer.text.replaceAll(id, 'ID')]));
  }
  expect(answers.size).toBe(1);
});
