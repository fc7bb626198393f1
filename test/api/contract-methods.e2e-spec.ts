import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { METHODS } from 'node:http';
import { type Browser } from '../support/browser.js';
import { Contract } from '../support/contract.js';
import { expectProblem } from '../support/forwarding.js';
import { expectNothingAsked } from '../support/raw-answer.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';
import { ROUTES } from '../../apps/bff/src/http/routes.js';

/** Adds the routes of OpenID Connect; no test signs in, so the provider receives no request. */
const UNUSED_PROVIDER = { issuer: 'http://127.0.0.1:1', clientId: 'bff', clientSecret: 'secret' };

let bff: Bff;
let contract: Contract;
let browser: Browser;
beforeAll(async () => {
  bff = await startBff({ oidc: { console: UNUSED_PROVIDER } });
  contract = await Contract.of(bff);
  browser = await bff.signedIn(the.editor);
});
afterAll(() => bff.close());
beforeEach(() => bff.sinch.reset());

const paths = [...new Set(Object.values(ROUTES).map(({ path }) => path.replace(/:(\w+)/g, '{$1}')))];

const targetAt = (path: string): string =>
  path.replace('{tenantId}', 'acme').replace('{sessionId}', 'none').replace('{userId}', 'nobody');

describe('a path of the API', () => {
  it('is in the document if, and only if, it is in the route table', () => {
    expect(Object.keys(contract.document.paths).sort()).toEqual([...paths].sort());
  });

  it.each(paths)('rejects undocumented methods with 405 and lists the others in Allow: %s', async (path) => {
    const documented = contract.methodsAt(path);
    const target = targetAt(path);
    // The target of CONNECT is not a path.
    for (const method of METHODS.filter((name) => name !== 'CONNECT' && !documented.includes(name))) {
      const answer = await browser.request(method, target);
      expect([method, answer.status]).toEqual([method, 405]);
      expect(answer.headers.allow?.split(', ').sort()).toEqual([...documented].sort());
      if (method === 'HEAD') continue;
      expectProblem(answer, 405, 'bff_method_not_allowed');
      contract.expectValid('Problem', answer.json);
    }
    expectNothingAsked(bff.sinch);
    expect((await browser.get('/session')).status).toBe(200);
  });

  it.each(paths)('never rejects a documented method with 405: %s', async (path) => {
    const target = targetAt(path);
    for (const method of contract.methodsAt(path)) {
      const answer = await bff.browser().request(method, target);
      expect([method, answer.status]).not.toEqual([method, 405]);
      expect(answer.headers).not.toHaveProperty('allow');
    }
    expectNothingAsked(bff.sinch);
  });
});

it('the examples of the document match its schemas', () => {
  const { components, paths: documentedPaths } = contract.document;
  for (const { value } of Object.values(components.examples)) contract.expectValid('Problem', value);
  const bodies = Object.values(documentedPaths)
    .flatMap((methods) => Object.values(methods))
    .flatMap(({ operationId, requestBody }) =>
      Object.entries(requestBody?.content['application/json']?.examples ?? {}).map(([schema, { value }]) => ({
        operationId,
        schema,
        value,
      })),
    );
  expect(bodies.length).toBeGreaterThanOrEqual(5);
  for (const { operationId, schema, value } of bodies) {
    contract.expectValid(schema, value);
    expect([operationId, contract.acceptsBody(operationId, value)]).toEqual([operationId, true]);
  }
});
