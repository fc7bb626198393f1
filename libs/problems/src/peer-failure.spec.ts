import { expect, it } from '@jest/globals';
import { PeerFailure, peerOf, rootCause } from './peer-failure.js';
import { Problem } from './problem.js';

const coded = (code: string, message: string, cause?: unknown): Error =>
  Object.assign(new Error(message, { cause }), { code });

it.each([
  [
    'an error of a system call behind wrappers that repeat a secret',
    new Error('Failed query: insert into users, params: canary', {
      cause: coded('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:5432'),
    }),
    { code: 'ECONNREFUSED', message: 'connect ECONNREFUSED 127.0.0.1:5432' },
  ],
  [
    'the first of several attempts to connect',
    new AggregateError([coded('ETIMEDOUT', 'connect ETIMEDOUT'), coded('ENETUNREACH', 'connect')]),
    { code: 'ETIMEDOUT', message: 'connect ETIMEDOUT' },
  ],
  [
    'a parser that quotes a body',
    coded('OAUTH_PARSE_ERROR', 'failed to parse', new SyntaxError('"canary" is not valid JSON')),
    { code: 'OAUTH_PARSE_ERROR', message: 'failed to parse' },
  ],
  [
    'a body as the cause of an error',
    coded('OAUTH_RESPONSE_BODY_ERROR', 'server responded', { name: 'canary', message: 'canary' }),
    { code: 'OAUTH_RESPONSE_BODY_ERROR', message: 'server responded' },
  ],
  [
    'a problem of this service without a cause',
    new Problem('bff_upstream_invalid_response', { detail: 'The token endpoint answered 500.' }),
    { code: 'bff_upstream_invalid_response', message: 'The token endpoint answered 500.' },
  ],
  ['an error without a code', new TypeError('too long'), { code: 'TypeError', message: 'too long' }],
  ['a value that is not an error', 'canary', { code: 'unknown', message: '' }],
])('the root cause has a code and a message without secrets: %s', (_, error, expected) => {
  expect(rootCause(error)).toEqual(expected);
});

it('the root cause limits cyclic causes and long messages', () => {
  const error = coded('ELOOP', 'x'.repeat(10_000));
  error.cause = error;
  expect(rootCause(error)).toEqual({ code: 'ELOOP', message: 'x'.repeat(300) });
});

it('failures have the same key if peer, error code and library code are equal, even with different messages', () => {
  const key = (peer: string, error: Error): string => new PeerFailure(peer, error, 'bff_x').key;
  const reset = key('production', coded('ECONNRESET', 'read ECONNRESET'));
  expect(key('production', coded('ECONNRESET', 'write ECONNRESET'))).toBe(reset);
  expect(key('staging', coded('ECONNRESET', 'read ECONNRESET'))).not.toBe(reset);
  expect(key('production', coded('ENOTFOUND', 'read ECONNRESET'))).not.toBe(reset);
  const answered = (status: number): Error =>
    new Problem('bff_upstream_invalid_response', { detail: `It answered ${status}.` });
  expect(key('production', answered(500))).not.toBe(key('production', answered(302)));
});

it('the peer of a problem is its own peer or that of its nearest cause', () => {
  const inner = new Problem('bff_upstream_unreachable', { peer: 'token endpoint auth.example' });
  expect(peerOf(new Problem('bff_upstream_unavailable', { cause: inner }))).toBe(
    'token endpoint auth.example',
  );
  expect(peerOf(new Problem('bff_upstream_unavailable'))).toBeNull();
});
