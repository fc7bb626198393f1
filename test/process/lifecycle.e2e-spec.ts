import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { startSimulator, type Simulator } from '../../apps/sinch-simulator/src/simulator.js';
import { type Answer, type Browser } from '../support/browser.js';
import { expectProblem, partnerInitiated } from '../support/forwarding.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

interface Account {
  readonly state?: string;
  readonly details?: { readonly wabaName: string };
  readonly changes?: { readonly status: string; readonly details?: object };
}

interface Activities {
  readonly totalSize: number;
  readonly nextPageToken?: string;
  readonly notifications: { readonly type: string; readonly comment?: string }[];
}

const account = '/v1/tenants/acme/whatsapp';

let simulator: Simulator;
let bff: Bff;
let browser: Browser;
let projects = 0;
beforeAll(async () => {
  simulator = await startSimulator({ port: 0 });
  const url = `${simulator.url}/production`;
  bff = await startBff({
    environment: { SINCH_PRODUCTION_URL: url, SINCH_PRODUCTION_TOKEN_URL: `${url}/oauth2/token` },
  });
  browser = await bff.signedIn(the.editor);
});
afterAll(async () => {
  await bff.close();
  await simulator.close();
});

let projectId: string;
/** Each test uses acme with a new project. */
beforeEach(() => {
  projects += 1;
  projectId = `6e1f2a34-0000-4000-9000-${String(projects).padStart(12, '0')}`;
});

async function given(state: string): Promise<void> {
  const credentials = { ...the.acme.credentials, keyId: `acme-key-${projects}` };
  const { keyId, keySecret } = credentials;
  await control('PUT', '/projects', {
    ...{ environment: 'production', projectId, name: 'Acme', account: state },
    clients: [{ keyId, keySecret }],
  });
  await bff.apply({ tenants: [{ ...the.acme, projectId, credentials }] });
}

async function control(method: string, path: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${simulator.url}/_simulator${path}`, {
    ...{ method, headers, body: JSON.stringify(body) },
  });
  if (!response.ok)
    throw new Error(`The simulator rejected the request: ${response.status} ${await response.text()}`);
}

const settle = (outcome: string): Promise<void> =>
  control('POST', `/projects/production/${projectId}/settle`, { outcome });

async function read(): Promise<Account> {
  const answer = await browser.get(account);
  expect(answer.status).toBe(200);
  return answer.json as Account;
}

async function activities(query = ''): Promise<Activities> {
  const answer = await browser.get(`${account}/activities${query}`);
  expect(answer.status).toBe(200);
  return answer.json as Activities;
}

const accountIn = ({ json }: Answer): Account => json as Account;

it('a rejected account is corrected, reviewed again and onboarded', async () => {
  await given('REJECTED');
  const rejected = await read();
  expect(rejected.changes?.status ?? rejected.state).toBe('REJECTED');

  const corrected = await browser.patch(account, { wabaName: 'Acme Limited' });
  expect(corrected.status).toBe(200);
  expect(accountIn(corrected).changes?.status).toBe('IN_PROGRESS');
  expect((await read()).changes?.status).toBe('IN_PROGRESS');

  await settle('ONBOARDED');
  const onboarded = await read();
  expect(onboarded.state).toBe('ONBOARDED');
  expect(onboarded).not.toHaveProperty('changes');
  expect(onboarded.details?.wabaName).toBe('Acme Limited');
});

it('a new account is verified at Meta, rejected, corrected by a partner and onboarded', async () => {
  await given('NONE');
  expectProblem(await browser.get(account), 404, 'account_not_found');
  const created = await browser.post(account, partnerInitiated);
  expect(created.status).toBe(201);
  expect(accountIn(created).changes).toMatchObject({
    status: 'IN_PROGRESS',
    details: { wabaName: partnerInitiated.wabaName },
  });

  await settle('PENDING_FACEBOOK_VERIFICATION');
  expect((await read()).changes?.status).toBe('PENDING_FACEBOOK_VERIFICATION');
  expectProblem(await browser.patch(account, { wabaName: 'Too early' }), 409, 'account_not_updatable');
  await settle('REJECTED');
  const corrected = await browser.patch(account, {
    wabaName: 'Northwind',
    senderDetails: { displayName: 'Northwind', region: 'EU' },
  });
  expect(corrected.status).toBe(200);
  await settle('ONBOARDED');
  expect(await read()).toMatchObject({ state: 'ONBOARDED', details: { wabaName: 'Northwind' } });
});

it('an account can be created with the older shape', async () => {
  await given('NONE');
  const body = { companyLegalName: 'Acme Ltd', clientBusinessManagerId: '900100200300' };
  expect((await browser.post(account, body)).status).toBe(201);
  expect((await read()).changes?.status).toBe('IN_PROGRESS');
});

it('an account cannot be created twice', async () => {
  await given('NONE');
  expect((await browser.post(account, partnerInitiated)).status).toBe(201);
  expectProblem(await browser.post(account, partnerInitiated), 409, 'account_exists');
});

it.each(['ONBOARDED', 'IN_PROGRESS', 'PENDING_FACEBOOK_VERIFICATION'])(
  'an account that is %s cannot be updated',
  async (state) => {
    await given(state);
    expectProblem(await browser.patch(account, { wabaName: 'Other' }), 409, 'account_not_updatable');
  },
);

it('an empty update is rejected with the error of the upstream', async () => {
  await given('REJECTED');
  expectProblem(await browser.patch(account, {}), 400, 'no_fields_to_update');
});

it('an account is deleted, and can be created again', async () => {
  await given('ONBOARDED');
  const deleted = await browser.delete(account);
  expect({ status: deleted.status, text: deleted.text }).toEqual({ status: 204, text: '' });
  expectProblem(await browser.get(account), 404, 'account_not_found');
  expectProblem(await browser.delete(account), 400, 'project_not_initialized');
  expect((await browser.post(account, partnerInitiated)).status).toBe(201);
});

it('an account with senders is not deleted, and the error names the senders', async () => {
  await given('ONBOARDED');
  await control('PUT', `/projects/production/${projectId}/condition`, { senderIds: ['s-1', 's-2'] });
  const problem = expectProblem(await browser.delete(account), 409, 'account_has_senders');
  expect(problem.additionalInformation).toEqual({ projectId, senderIds: ['s-1', 's-2'] });
  expect((await read()).state).toBe('ONBOARDED');
});

it('a comment appears unchanged among the activities', async () => {
  await given('IN_PROGRESS');
  const comment = 'Please check „Zażółć”\n👋🏽 <b>bold</b>';
  const commented = await browser.post(`${account}/comments`, { comment });
  expect(commented.status).toBe(201);
  expect(commented.json).toMatchObject({ type: 'CREATED', comment });
  const [newest] = (await activities()).notifications;
  expect(newest).toMatchObject({ type: 'COMMENT_ADDED', comment });
});

it('the pages of activities contain each activity once', async () => {
  await given('IN_PROGRESS');
  const comments = ['one', 'two', 'three', 'four', 'five'];
  for (const comment of comments) await browser.post(`${account}/comments`, { comment });
  const { totalSize, notifications } = await activities();
  expect(totalSize).toBeGreaterThanOrEqual(comments.length);

  const seen: Activities['notifications'] = [];
  let query: string | undefined = '?pageSize=2';
  while (query !== undefined) {
    const page: Activities = await activities(query);
    expect(page.notifications.length).toBeLessThanOrEqual(2);
    seen.push(...page.notifications);
    const { nextPageToken } = page;
    query = nextPageToken && `?pageSize=2&pageToken=${encodeURIComponent(nextPageToken)}`;
  }
  expect(seen).toEqual(notifications);
  expect(seen.flatMap(({ comment }) => comment ?? [])).toEqual([...comments].reverse());
});

it('an unknown page token is rejected with the error of the upstream', async () => {
  await given('IN_PROGRESS');
  const answer = await browser.get(`${account}/activities?pageToken=foreign`);
  expectProblem(answer, 400, 'invalid_page_token');
});

it('credentials that the upstream no longer accepts cause a 502, and new ones work at once', async () => {
  await given('ONBOARDED');
  await control('PUT', '/projects', {
    ...{ environment: 'production', projectId, name: 'Acme' },
    clients: [{ keyId: `other-${projects}`, keySecret: 'other' }],
  });
  expectProblem(await browser.get(account), 502, 'bff_upstream_credentials_rejected');
  const credentials = { scheme: 'oauth2', keyId: `other-${projects}`, keySecret: 'other' };
  await bff.apply({ tenants: [{ ...the.acme, projectId, credentials }] });
  expect((await read()).state).toBe('ONBOARDED');
  expect(bff.sinch.all.requests).toEqual([]);
});

it('a token that expires early is renewed without an error for the browser', async () => {
  await given('ONBOARDED');
  await read();
  await control('POST', '/faults', { projectId, expireTokens: true });
  expect((await browser.post(`${account}/comments`, { comment: 'once' })).status).toBe(201);
  const written = (await activities()).notifications.filter(({ comment }) => comment === 'once');
  expect(written).toHaveLength(1);
});
