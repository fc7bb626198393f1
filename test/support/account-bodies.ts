import { expect } from '@jest/globals';
import { type Browser } from './browser.js';
import { expectProblem } from './forwarding.js';
import { expectNothingAsked } from './raw-answer.js';
import { type Bff } from './start-bff.js';

export type Members = Readonly<Record<string, unknown>>;
export type Method = 'POST' | 'PATCH';

/** A browser of an editor of acme, and the service. */
export interface Editing {
  readonly bff: Bff;
  readonly browser: Browser;
}

export const sender = {
  displayName: 'Northwind',
  businessCategory: 'OTHER',
  region: 'EU',
  metaLocalStorage: 'DE',
};
export const partnerInitiated = {
  wabaName: 'Northwind',
  clientBusinessManagerId: '900',
  businessManager: 'SINCH_UK',
  senderDetails: sender,
};
export const input = {
  companyLegalName: 'Northwind',
  clientBusinessManagerId: '900',
  businessManager: 'SINCH_UK',
};
export const update = {
  companyLegalName: 'Northwind',
  wabaName: 'Northwind',
  clientBusinessManagerId: '900',
  senderDetails: sender,
};

export const without = (body: Members, ...names: string[]): Members =>
  Object.fromEntries(Object.entries(body).filter(([name]) => !names.includes(name)));
export const withSender = (body: Members, changes: Members, ...removed: string[]): Members => ({
  ...body,
  senderDetails: { ...without(sender, ...removed), ...changes },
});

export async function expectSent({ bff, browser }: Editing, method: Method, body: unknown): Promise<void> {
  bff.sinch.reset();
  const answer = await browser.request(method, '/v1/tenants/acme/whatsapp', { body });
  expect([body, answer.status]).toEqual([body, 200]);
  expect(bff.sinch.production.requests).toHaveLength(1);
  expect(bff.sinch.production.lastRequest.method).toBe(method);
  expect(JSON.parse(bff.sinch.production.lastRequest.body)).toEqual(body);
  expect(bff.sinch.allBut('production').requests).toEqual([]);
}

export async function expectRefused(
  { bff, browser }: Editing,
  method: Method,
  body: unknown,
  sentence = /./,
): Promise<void> {
  bff.sinch.reset();
  const answer = await browser.request(method, '/v1/tenants/acme/whatsapp', { body });
  const problem = expectProblem(answer, 400, 'bff_invalid_input');
  const { validationErrors } = problem.additionalInformation as { validationErrors: string[] };
  expect(validationErrors).toEqual(expect.arrayContaining([expect.stringMatching(sentence)]));
  expectNothingAsked(bff.sinch);
}
