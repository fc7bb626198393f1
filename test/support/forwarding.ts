import { expect } from '@jest/globals';
import { type Answer, type Browser, type BrowserHeaders } from './browser.js';
import { type RecordedRequest } from './recording-upstream.js';

/** A proxied operation: the request of the browser and the successful status of the upstream. */
export interface ProvisioningOperation {
  readonly method: string;
  /** Relative to both `/v1/tenants/{tenantId}/` and `/v1/projects/{projectId}/`. */
  readonly path: string;
  readonly body?: object;
  readonly success: number;
}

export const partnerInitiated = {
  wabaName: 'Northwind Traders Ltd',
  clientBusinessManagerId: '900100200300',
  businessManager: 'SINCH_UK',
  senderDetails: {
    displayName: 'Northwind',
    businessCategory: 'SHOPPING_AND_RETAIL',
    region: 'EU',
    metaLocalStorage: 'DE',
  },
};

export const operations = {
  'account.get': { method: 'GET', path: 'whatsapp', success: 200 },
  'account.create as partnerInitiated': {
    method: 'POST',
    path: 'whatsapp',
    body: partnerInitiated,
    success: 201,
  },
  'account.create as input': {
    method: 'POST',
    path: 'whatsapp',
    body: { companyLegalName: 'Zażółć „Ltd”', clientBusinessManagerId: '900100200300' },
    success: 201,
  },
  'account.update with input': {
    method: 'PATCH',
    path: 'whatsapp',
    body: { companyLegalName: 'Northwind', wabaName: 'Northwind', clientBusinessManagerId: '9' },
    success: 200,
  },
  'account.update with partnerInitiated': {
    method: 'PATCH',
    path: 'whatsapp',
    body: { wabaName: 'Northwind', senderDetails: { displayName: 'N', region: 'US' } },
    success: 200,
  },
  'account.delete': { method: 'DELETE', path: 'whatsapp', success: 204 },
  'activities.list': { method: 'GET', path: 'whatsapp/activities', success: 200 },
  'activities.list of a page': {
    method: 'GET',
    path: 'whatsapp/activities?pageToken=t-1&pageSize=25',
    success: 200,
  },
  'comments.create': {
    method: 'POST',
    path: 'whatsapp/comments',
    body: { comment: 'Line one\nline "two" \u0000 👋🏽 \\ <b>' },
    success: 201,
  },
} as const satisfies Record<string, ProvisioningOperation>;

export type OperationTitle = keyof typeof operations;

export const operationTitles = Object.keys(operations) as OperationTitle[];

let pages = 0;

/** Sends a read that is equal to no other, so that it shares no upstream call. */
export function readPage(browser: Browser, tenant = 'acme'): Promise<Answer> {
  pages += 1;
  return browser.get(`/v1/tenants/${tenant}/whatsapp/activities?pageToken=page-${pages}`);
}

/** Sends the request of a frontend. */
export function perform(
  browser: Browser,
  title: OperationTitle,
  tenant = 'acme',
  headers: BrowserHeaders = {},
): Promise<Answer> {
  const { method, path, body }: ProvisioningOperation = operations[title];
  return browser.request(method, `/v1/tenants/${tenant}/${path}`, {
    headers,
    ...(body !== undefined && { body }),
  });
}

export interface ProblemDocument {
  readonly status: number;
  readonly detail: string;
  readonly errorCode: string;
  readonly message: string;
  readonly resolution: string;
  readonly additionalInformation?: unknown;
  readonly requestId: string;
}

/** Expects an error in the shape of docs/contract.md section 3, without secrets. */
export function expectProblem(answer: Answer, status: number, errorCode: string): ProblemDocument {
  const problem = answer.json as ProblemDocument;
  expect({ status: answer.status, errorCode: problem.errorCode }).toEqual({ status, errorCode });
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json(;|$)/);
  const text = expect.any(String) as unknown;
  expect(problem).toEqual({
    type: text,
    title: text,
    status,
    detail: text,
    instance: text,
    errorCode,
    message: text,
    resolution: text,
    requestId: answer.headers['x-request-id'],
    ...('additionalInformation' in problem && {
      additionalInformation: expect.anything() as unknown,
    }),
  });
  expectNoSecrets(answer);
  return problem;
}

/** Expects a rejection for too many attempts, with the seconds until the next is accepted. */
export function expectLocked(answer: Answer, retryAfter: number): void {
  expectProblem(answer, 429, 'bff_too_many_attempts');
  expect(answer.headers['retry-after']).toBe(String(retryAfter));
}

/**
 * Expects no secret of `the.directory`: plain ones contain `canary`, encoded ones and tokens have other
 * marks.
 */
export function expectNoSecrets(answer: Answer): void {
  const said = `${answer.rawHeaders.join('\n')}\n${answer.text}`;
  expect(said).not.toMatch(/canary|token-(?:production|staging)|Bearer |Basic /i);
  // Names and values of cookies are random and contain any short text sooner or later.
  expect(said).not.toMatch(/[a-z]{4,}-key\b/);
}

export function headerNames({ rawHeaders }: Pick<RecordedRequest, 'rawHeaders'>): string[] {
  return rawHeaders
    .filter((_, index) => index % 2 === 0)
    .map((name) => name.toLowerCase())
    .sort();
}
