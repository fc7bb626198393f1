import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Browser } from '../support/browser.js';
import { expectNoSecrets, expectProblem, type OperationTitle, perform } from '../support/forwarding.js';
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

const every: OperationTitle[] = [
  'account.get',
  'account.create as partnerInitiated',
  'account.update with input',
  'account.delete',
  'activities.list',
  'comments.create',
];
const [get, create, update, remove, list, comment] = every as [
  OperationTitle,
  OperationTitle,
  OperationTitle,
  OperationTitle,
  OperationTitle,
  OperationTitle,
];
const sentences = { validationErrors: ['wabaName must be a string', 'senderDetails.region must be one of…'] };
const projectId = the.acme.projectId;

/** All errors of docs/upstream.md section 4.3. */
const documented: [
  status: number,
  errorCode: string,
  message: string,
  operations: OperationTitle[],
  additionalInformation?: object,
][] = [
  [400, 'invalid_input', 'Invalid input.', [create, update, comment], sentences],
  [400, 'invalid_payload', 'Invalid payload.', [create, comment]],
  [
    400,
    'invalid_business_manager_for_environment',
    'Invalid business manager for environment.',
    [create],
    { allowed: ['SINCH_AMERICA', 'SINCH_UK'] },
  ],
  [400, 'no_fields_to_update', 'No fields to be updated.', [update]],
  [400, 'project_not_initialized', 'Project not initialized for WhatsApp.', [remove]],
  [400, 'invalid_page_token', 'Invalid page token.', [list]],
  [400, 'invalid_page_size', 'Page size must be numeric.', [list]],
  [404, 'account_not_found', 'Account not found.', [get, update, list, comment]],
  [404, 'project_not_found', 'Project not found.', [create]],
  [409, 'account_exists', 'Account already exists.', [create]],
  [409, 'account_data_is_corrupt', 'Account data is corrupt.', [get, create, comment]],
  [409, 'account_not_updatable', 'Account is not updatable.', [update]],
  [409, 'account_has_senders', 'Account has senders.', [remove], { projectId, senderIds: ['a', 'b'] }],
  [409, 'account_has_sender_changes', 'Account has pending sender changes.', [remove], { projectId }],
  [500, 'template_could_not_delete_drafts', "Couldn't delete template drafts.", [remove]],
  [500, 'internal_error', 'Internal server error.', every],
];

describe('an error in the shape of the upstream', () => {
  const rows = documented.flatMap(([status, errorCode, message, operations, additionalInformation]) =>
    operations.map((title) => ({ title, status, errorCode, message, additionalInformation })),
  );

  it.each(rows)(
    '$title: $status $errorCode is relayed with its members unchanged, and with those of the service',
    async ({ title, status, ...members }) => {
      const papi = { ...members, resolution: `Do not \u2028 „${members.errorCode}” again.` };
      bff.sinch.production.answer({ status, body: papi });
      const answer = await perform(browser, title);

      const problem = expectProblem(answer, status, members.errorCode);
      expect(problem).toMatchObject(JSON.parse(JSON.stringify(papi)) as object);
      expect('additionalInformation' in problem).toBe(members.additionalInformation !== undefined);
      expect(bff.sinch.production.requests).toHaveLength(1);
      expect(bff.sinch.allBut('production').requests).toEqual([]);
    },
  );

  it.each([undefined, null, 7])(
    'a resolution of %s is replaced by a general next step',
    async (resolution) => {
      const body = { errorCode: 'account_not_found', message: 'Account not found.', resolution };
      bff.sinch.production.answer({ status: 404, body });
      const problem = expectProblem(await perform(browser, 'account.get'), 404, 'account_not_found');
      expect(problem).toMatchObject({ resolution: 'Contact Sinch support and quote the request id.' });
    },
  );

  it.each<[name: string, status: number, members: object]>([
    ['kebab case', 429, { errorCode: 'sender-register-too-many-requests', message: 'Too many requests.' }],
    ['stray capitals', 500, { errorCode: 'facebook_Request_limit_reached', message: 'Request limit.' }],
    ['a status of its own', 424, { errorCode: 'webhook_limit_reached', message: 'Limit reached.' }],
    ['403, undocumented here', 403, { errorCode: 'forbidden_payload', message: 'Forbidden payload.' }],
    ['503', 503, { errorCode: 'maintenance', message: 'Down for maintenance.' }],
    ['502', 502, { errorCode: 'bad_gateway', message: 'Bad gateway.' }],
    ['418', 418, { errorCode: 'teapot', message: 'I am a teapot.' }],
    [
      'strings and nested objects for context',
      500,
      {
        errorCode: 'log_in_facebook_required',
        message: 'Log in.',
        additionalInformation: {
          supportedCodes: 'A, B',
          metaError: { code: 190, subcode: null, message: 'x', deep: { reason: ['y', { z: true }] } },
          '': 0,
        },
      },
    ],
    [
      'context that is empty',
      409,
      { errorCode: 'account_exists', message: 'Account already exists.', additionalInformation: {} },
    ],
    [
      'context that is a list',
      409,
      { errorCode: 'account_exists', message: 'Account already exists.', additionalInformation: ['a', 1] },
    ],
  ])('is relayed in any valid spelling: %s', async (_, status, members) => {
    const papi = { errorCode: '', ...members, resolution: 'Wait.' };
    bff.sinch.production.answer({ status, body: papi });
    const problem = expectProblem(await perform(browser, 'account.get'), status, papi.errorCode);
    expect(problem).toMatchObject(papi);
    expect(bff.sinch.allBut('production').requests).toEqual([]);
  });

  it('keeps numbers that exceed the precision of a double', async () => {
    const additionalInformation = '{"id":12345678901234567890,"limit":1e400}';
    bff.sinch.production.answer({
      status: 409,
      headers: { 'content-type': 'application/json' },
      body: `{"errorCode":"x","message":"X.","resolution":"Y.","additionalInformation":${additionalInformation}}`,
    });
    const answer = await perform(browser, 'account.get');
    expectProblem(answer, 409, 'x');
    expect(answer.text).toContain(additionalInformation);
  });

  it('cannot set the members of the service, and its unknown members are dropped', async () => {
    const papi = {
      errorCode: 'x',
      message: 'X.',
      resolution: 'Y.',
      status: 200,
      type: 'evil',
      extra: 'evil',
    };
    const hostile = { ...papi, instance: 'evil', title: 'evil', requestId: 'evil', stack: 'evil' };
    bff.sinch.production.answer({ status: 409, body: hostile });
    const answer = await perform(browser, 'account.get');
    expectProblem(answer, 409, 'x');
    expect(answer.text).not.toContain('evil');
  });

  it.each([429, 503, 409])('%i is relayed with its Retry-After', async (status) => {
    bff.sinch.production.answer({
      status,
      headers: { 'retry-after': '17' },
      body: { errorCode: 'too_many_requests', message: 'Too many requests.', resolution: 'Wait.' },
    });
    const answer = await perform(browser, 'account.get');
    expectProblem(answer, status, 'too_many_requests');
    expect(answer.headers['retry-after']).toBe('17');
  });

  it('is not retried: one call is one request', async () => {
    bff.sinch.production.answer({
      status: 503,
      body: { errorCode: 'x', message: 'X.', resolution: 'Y.' },
    });
    await perform(browser, 'comments.create');
    await perform(browser, 'account.get');
    expect(bff.sinch.production.requests).toHaveLength(2);
  });
});

describe('a 401 of the upstream', () => {
  const unauthorized: [name: string, reply: CompleteReply][] = [
    [
      'in its own shape',
      { body: { errorCode: 'unauthorized_error', message: 'Unauthorized error.', resolution: 'Check.' } },
    ],
    ['empty', {}],
    ['as HTML', { headers: { 'content-type': 'text/html' }, body: '<h1>401</h1>' }],
    ['with a challenge', { headers: { 'www-authenticate': 'Bearer error="invalid_token"' } }],
    ['with other JSON', { body: { error: 'invalid_token' } }],
  ];

  it.each(every.flatMap((title) => unauthorized.map(([name, reply]) => ({ title, name, reply }))))(
    '$title: 401 $name becomes 502, and neither its body nor its challenge is relayed (CRD-04)',
    async ({ title, reply }) => {
      bff.sinch.production.answer({ status: 401, ...reply });
      const answer = await perform(browser, title);
      const problem = expectProblem(answer, 502, 'bff_upstream_credentials_rejected');
      expect(problem).not.toHaveProperty('additionalInformation');
      expect(answer.headers).not.toHaveProperty('www-authenticate');
      expect(answer.text).not.toContain('nauthorized');
      expect(bff.sinch.production.requests).toHaveLength(1);
      expect(bff.sinch.allBut('production').requests).toEqual([]);
      expect((await browser.get('/session')).status).toBe(200);
    },
  );
});

describe('an error in another shape becomes an error of the service by its status', () => {
  const foreign: [name: string, reply: CompleteReply][] = [
    ['HTML', { headers: { 'content-type': 'text/html' }, body: '<h1>nginx secret-canary</h1>' }],
    ['nothing', {}],
    ['text', { headers: { 'content-type': 'text/plain' }, body: 'canary no' }],
    ['JSON without errorCode', { body: { message: 'canary', resolution: 'x' } }],
    ['JSON without message', { body: { errorCode: 'canary', resolution: 'x' } }],
    ['members of another type', { body: { errorCode: 7, message: ['canary'], resolution: 'x' } }],
    ['an array', { body: [{ errorCode: 'canary', message: 'x', resolution: 'x' }] }],
    ['broken JSON', { headers: { 'content-type': 'application/json' }, body: '{"errorCode":"canary"' }],
    ['null', { headers: { 'content-type': 'application/json' }, body: 'null' }],
  ];
  const statuses: [status: number, becomes: number, errorCode: string][] = [
    [400, 502, 'bff_upstream_invalid_response'],
    [403, 502, 'bff_upstream_invalid_response'],
    [404, 502, 'bff_upstream_invalid_response'],
    [407, 502, 'bff_upstream_invalid_response'],
    [431, 502, 'bff_upstream_invalid_response'],
    [429, 429, 'bff_rate_limited'],
    [500, 502, 'bff_upstream_invalid_response'],
    [502, 502, 'bff_upstream_invalid_response'],
    [503, 503, 'bff_upstream_unavailable'],
    [504, 502, 'bff_upstream_invalid_response'],
    [599, 502, 'bff_upstream_invalid_response'],
  ];

  it.each(
    statuses.flatMap(([status, becomes, errorCode]) =>
      foreign.map(([name, reply]) => ({ status, becomes, errorCode, name, reply })),
    ),
  )('$status with $name is $becomes $errorCode (VAL-06)', async ({ status, becomes, errorCode, reply }) => {
    bff.sinch.production.answer({ status, ...reply });
    // A read would be sent again after some of them.
    const answer = await perform(browser, 'comments.create');
    expectProblem(answer, becomes, errorCode);
    expect(bff.sinch.production.requests).toHaveLength(1);
    expect(bff.sinch.allBut('production').requests).toEqual([]);
  });

  it.each<[status: number, retryAfter: string | undefined]>([
    [429, '7'],
    [429, 'Wed, 21 Oct 2099 07:28:00 GMT'],
    [429, undefined],
    [503, '7'],
    [503, undefined],
  ])('%i has a Retry-After, that of the upstream if there is one: %s', async (status, retryAfter) => {
    bff.sinch.production.answer({
      status,
      ...(retryAfter !== undefined && { headers: { 'retry-after': retryAfter } }),
    });
    const answer = await perform(browser, 'account.get');
    expect(answer.status).toBe(status);
    if (retryAfter === undefined) expect(answer.headers['retry-after']).toMatch(/^[1-9]\d*$/);
    else expect(answer.headers['retry-after']).toBe(retryAfter);
    expectNoSecrets(answer);
  });

  it.each([600, 799, 999])(
    'a status that HTTP does not define is rejected with 502, in any shape: %i',
    async (status) => {
      const papi = JSON.stringify({ errorCode: 'x', message: 'X.', resolution: 'Y.' });
      for (const body of [papi, 'canary']) {
        bff.sinch.production.answer({
          raw: `HTTP/1.1 ${status} X\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
        });
        expectProblem(await perform(browser, 'account.get'), 502, 'bff_upstream_invalid_response');
      }
    },
  );
});
