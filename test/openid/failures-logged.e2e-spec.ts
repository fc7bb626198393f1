import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { type Answer } from '../support/browser.js';
import { expectProblem } from '../support/forwarding.js';
import { HostileProvider, type Misdeed } from '../support/openid/hostile-provider.js';
import { oidcOf, open } from '../support/openid/signing-in.js';
import { answerOf, FailuresFixture } from './failures-fixture.js';

const now = Math.floor(Date.now() / 1_000);

let impostor: HostileProvider;
let fixture: FailuresFixture;
const lines: Record<string, unknown>[] = [];
beforeAll(async () => {
  impostor = await HostileProvider.start();
  impostor.metadata = { issuer: 'https://elsewhere.test' };
  const absent = await HostileProvider.start();
  await absent.close();
  fixture = await FailuresFixture.start({ partners: oidcOf(impostor), narrow: oidcOf(absent) });
  const ignore = (): void => undefined;
  const warn = (line: unknown): void => void lines.push(line as Record<string, unknown>);
  Logger.overrideLogger({ log: ignore, error: ignore, warn });
});
afterAll(async () => {
  Logger.overrideLogger(false);
  await fixture.close();
  await impostor.close();
});
afterEach(() => {
  fixture.endTest();
  lines.length = 0;
});

/** The only log line of the failure, without the members that all such lines have. */
function lineOf(answer: Answer, frontend = 'console'): object {
  expect(lines).toHaveLength(1);
  const { id, msg, frontend: named, issuer, ...failure } = lines[0] ?? {};
  expect({ id, frontend: named }).toEqual({ id: answer.headers['x-request-id'], frontend });
  expect(msg).toBe('a sign-in at an identity provider failed');
  expect(issuer).toMatch(/^http:/);
  return JSON.parse(JSON.stringify(failure)) as object;
}

describe('a failed sign-in is logged with its reason', () => {
  it.each<[what: string, misdeed: Misdeed, status: number, failure: object]>([
    [
      'the client secret is wrong',
      answerOf(401, { error: 'invalid_client', error_description: 'canary' }),
      502,
      { stage: 'token', reason: 'client-rejected', providerError: 'invalid_client' },
    ],
    [
      'the client may not use the flow',
      answerOf(400, { error: 'unauthorized_client' }),
      502,
      { stage: 'token', reason: 'client-rejected', providerError: 'unauthorized_client' },
    ],
    [
      'the code is not accepted',
      { callback: { code: 'canary-code' } },
      401,
      { stage: 'token', reason: 'code-rejected', providerError: 'invalid_grant' },
    ],
    [
      'the token endpoint gives another error',
      answerOf(400, { error: 'invalid_scope' }),
      502,
      { stage: 'token', reason: 'provider-error', providerError: 'invalid_scope' },
    ],
    [
      'the token endpoint drops the connection',
      { tokenAnswer: 'lost' },
      503,
      { stage: 'token', reason: 'unreachable', cause: 'UND_ERR_SOCKET' },
    ],
    ['the token endpoint is down', answerOf(503, {}), 503, { stage: 'token', reason: 'unreachable' }],
    [
      'there is no ID token',
      answerOf(200, { access_token: 'canary', token_type: 'Bearer' }),
      401,
      {
        stage: 'token',
        reason: 'id-token-missing',
      },
    ],
    [
      'ID tokens are signed with HS256',
      { signature: 'HS256 with the client secret' },
      401,
      { stage: 'id-token', reason: 'algorithm-not-allowed' },
    ],
    [
      'the clock of the provider is ahead',
      { claims: { iat: now + 600, exp: now + 900 } },
      401,
      { stage: 'id-token', reason: 'clock-skew', claim: 'iat' },
    ],
    [
      'the clock of the provider is behind',
      { claims: { iat: now - 900, exp: now - 600 } },
      401,
      { stage: 'id-token', reason: 'clock-skew', claim: 'exp' },
    ],
    [
      'a claim is missing',
      { claims: { exp: undefined } },
      401,
      { stage: 'id-token', reason: 'claim-missing', claim: 'exp' },
    ],
    [
      'the audience is another client',
      { claims: { aud: 'canary-client' } },
      401,
      { stage: 'id-token', reason: 'claim-mismatch', claim: 'aud' },
    ],
    [
      'the authorized party is another client',
      { claims: { azp: 'canary-client' } },
      401,
      { stage: 'id-token', reason: 'claim-mismatch', claim: 'azp' },
    ],
    [
      'the issuer is another one',
      { claims: { iss: 'https://canary.test' } },
      401,
      { stage: 'id-token', reason: 'claim-mismatch', claim: 'iss' },
    ],
    [
      'the nonce is of another sign-in',
      { claims: { nonce: 'canary' } },
      401,
      { stage: 'id-token', reason: 'claim-mismatch', claim: 'nonce' },
    ],
    [
      'the signature is invalid',
      { signature: 'unknown key' },
      401,
      {
        stage: 'id-token',
        reason: 'signature-invalid',
      },
    ],
    [
      'the key is not published',
      { header: { kid: 'canary' } },
      401,
      { stage: 'id-token', reason: 'key-unknown' },
    ],
    [
      'the user cancelled',
      { callback: { error: 'access_denied', error_description: 'canary', code: null } },
      401,
      { stage: 'authorization', reason: 'provider-error', providerError: 'access_denied' },
    ],
    [
      'the error of the provider is not a code',
      { callback: { error: 'canary: somebody@canary.example', code: null } },
      401,
      { stage: 'authorization', reason: 'provider-error', providerError: 'unprintable' },
    ],
    [
      'the response comes from another issuer',
      { callback: { iss: 'https://canary.test' } },
      401,
      { stage: 'authorization', reason: 'issuer-mismatch' },
    ],
    [
      'the response has no code',
      { callback: { code: null } },
      401,
      {
        stage: 'authorization',
        reason: 'invalid-response',
      },
    ],
    [
      'the state is unknown',
      { callback: { state: 'canary' } },
      400,
      {
        stage: 'authorization',
        reason: 'state-unknown',
      },
    ],
    [
      'no user has the identity',
      { claims: { sub: 'canary-person' } },
      401,
      {
        stage: 'user',
        reason: 'no-active-account',
        cause: 'unknown',
      },
    ],
    [
      'the user is disabled',
      { claims: { sub: 'gone' } },
      401,
      {
        stage: 'user',
        reason: 'no-active-account',
        cause: 'disabled',
      },
    ],
  ])('if %s', async (_, misdeed, status, failure) => {
    const answer = await fixture.signIn(misdeed);
    expect(answer.status).toBe(status);
    expect(lineOf(answer)).toEqual(failure);
    // Neither log nor response may have a token, a code, the value of a claim or the provider's description.
    expect(JSON.stringify(lines) + answer.text).not.toMatch(/canary/);
  });

  it.each([
    [
      'cannot be reached',
      'narrow',
      503,
      { stage: 'discovery', reason: 'unreachable', cause: 'ECONNREFUSED' },
    ],
    ['names another issuer', 'partners', 502, { stage: 'discovery', reason: 'issuer-mismatch' }],
  ] as const)('if the provider %s', async (_, frontend, status, failure) => {
    const answer = await open(fixture.bff.browser(frontend), '/session/login');
    expect(answer.status).toBe(status);
    expect(lineOf(answer, frontend)).toEqual(failure);
  });

  it.each<[claim: string, claims: object, reason: string]>([
    ['acr', {}, 'claim-missing'],
    ['acr', { acr: 'canary' }, 'claim-mismatch'],
    ['auth_time', { acr: 'urn:bff:acr:elevated', auth_time: 1 }, 'claim-mismatch'],
    ['sub', { sub: 'subject' }, 'claim-mismatch'],
  ])('if the %s of a step-up is missing or wrong', async (claim, claims, reason) => {
    const answer = await fixture.stepUp({}, claims);
    expectProblem(answer, 403, 'bff_elevation_refused');
    expect(lineOf(answer, 'admin')).toEqual({ stage: 'step-up', reason, claim });
    expect(JSON.stringify(lines)).not.toMatch(/canary/);
  });
});
