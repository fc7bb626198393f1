import { Problem } from '@bff/problems';
import { describe, expect, it } from '@jest/globals';
import { UpstreamError } from './response-checks.js';
import {
  concernsTenant,
  healthAfter,
  isGatewayFailure,
  millisecondsOf,
  retryDelayMs,
} from './retry-rules.js';

const NOW = Date.UTC(2026, 0, 1);
const upstreamError = (status: number, errorCode: string): UpstreamError =>
  new UpstreamError(status, errorCode, 'A message.', 'A resolution.', undefined, undefined);
const withoutCode = new Problem('bff_upstream_invalid_response');

describe('the health of the upstream', () => {
  it.each([
    [404, 'account_not_found', 'success'],
    [409, 'account_exists', 'success'],
    [429, 'too_many_requests', 'success'],
    [500, 'facebook_Request_limit_reached', 'success'],
    [500, 'template_could_not_delete_drafts', 'success'],
    [500, 'internal_error', 'failure'],
    [503, 'anything', 'failure'],
  ])('after %i %s is a %s (RES-07)', (status, errorCode, outcome) => {
    expect(healthAfter(status, upstreamError(status, errorCode))).toBe(outcome);
  });

  it.each([
    [403, 'success'],
    [500, 'failure'],
    [502, 'failure'],
  ])('after %i without a code is a %s (RES-07)', (status, outcome) => {
    expect(healthAfter(status, new Problem('bff_upstream_invalid_response'))).toBe(outcome);
  });
});

it.each([
  [502, '<html>', true],
  [503, '', true],
  [504, '{"message":"No code."}', true],
  [500, '<html>', false],
  [429, '<html>', false],
  [503, '{"errorCode":"internal_error","message":"X."}', false],
  [503, '{"errorCode":"internal_error"}', false],
])('a read is repeated after %i with %j: %s', (status, body, isRepeated) => {
  expect(isGatewayFailure({ status, body: Buffer.from(body) })).toBe(isRepeated);
});

describe('the delay of a repetition', () => {
  const delays = (retries: number, announcedMs?: number): number[] =>
    Array.from({ length: 500 }, () => retryDelayMs(retries, announcedMs));

  it.each([
    [0, 200],
    [1, 400],
  ])('after %i repetitions is anything up to %i ms (RES-06)', (retries, most) => {
    expect(Math.min(...delays(retries))).toBeLessThan(most / 10);
    expect(Math.max(...delays(retries))).toBeGreaterThan(most * 0.9);
    expect(Math.max(...delays(retries))).toBeLessThan(most);
  });

  it('is at least what the upstream asked for (RES-06)', () => {
    expect(new Set(delays(0, 2_000))).toEqual(new Set([2_000]));
  });
});

it.each([
  ['2', 2_000],
  [new Date(NOW + 3_000).toUTCString(), 3_000],
  [new Date(NOW - 60_000).toUTCString(), 0],
  ['nonsense', undefined],
  [undefined, undefined],
])('the Retry-After %j means %p ms', (retryAfter, ms) => {
  expect(millisecondsOf(retryAfter, NOW)).toBe(ms);
});

it.each([
  [429, withoutCode, true],
  [429, upstreamError(429, 'too_many_requests'), true],
  [429, upstreamError(429, 'sender-register-too-many-requests'), false],
  [503, withoutCode, false],
])('a %i with %p concerns all calls of the tenant: %s (RES-10)', (status, failure, concerns) => {
  expect(concernsTenant(status, failure)).toBe(concerns);
});
