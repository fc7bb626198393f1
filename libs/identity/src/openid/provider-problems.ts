import { Problem, type ProblemCode } from '@bff/problems';
import { errors } from 'jose';
import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client';
import { KeysUnavailableError } from './provider-keys.js';
import { type SignInFailure, SignInProblem, type SignInStage } from './sign-in-problem.js';

/** Errors of a provider that may be over soon (RFC 6749 section 4.1.2.1). */
const PASSING = new Set(['server_error', 'temporarily_unavailable']);

/** The provider does not accept who we say we are (RFC 6749 section 5.2). */
const CLIENT_REJECTED = new Set(['invalid_client', 'unauthorized_client']);

const TIME_CLAIMS = new Set(['iat', 'nbf', 'exp']);

/** An error code as RFC 6749 writes it; anything else could be a person's words. */
const ERROR_CODE = /^[A-Za-z0-9_.-]{1,64}$/;

/** The messages of oauth4webapi say where it found something wrong; nothing else in its errors does. */
const OF_ID_TOKEN = /JWT|JWE|JWS|ID Token/;
const OF_CALLBACK =
  /response parameter|callbackParameters|parameter must be provided only once|flows are not supported/;
const MISSING_CLAIM = /^JWT "([a-z_]+)" .*claim missing$/;

/** What a failure means to the browser, and why it happened. */
interface Finding extends Omit<SignInFailure, 'stage'> {
  readonly errorCode: ProblemCode;
  /** Where it is not the stage at which the error was caught. */
  readonly stage?: SignInStage;
}

/**
 * What an error on the way to a provider, or in what it said, means to a browser. What does not prove who somebody is
 * proves nothing: everything that is not the provider's silence or junk is a failed sign-in.
 */
export function providerProblem(error: unknown, stage: SignInStage): Problem {
  if (error instanceof Problem) return error;
  const { errorCode, ...failure } = findingOf(error);
  // Nobody has tried to prove anything at discovery: what is wrong there is wrong with the provider.
  const code =
    failure.stage === undefined && stage === 'discovery' && errorCode === 'bff_invalid_credentials'
      ? 'bff_upstream_invalid_response'
      : errorCode;
  return new SignInProblem(code, { stage, ...failure }, error);
}

function findingOf(error: unknown): Finding {
  if (error instanceof KeysUnavailableError) {
    return {
      errorCode: 'bff_upstream_unavailable',
      stage: 'id-token',
      reason: 'keys-unavailable',
      ...causeOf(error),
    };
  }
  if (error instanceof errors.JOSEError) return { stage: 'id-token', ...findingOfToken(error) };
  if (error instanceof AuthorizationResponseError) {
    const errorCode = PASSING.has(error.error) ? 'bff_upstream_unavailable' : 'bff_invalid_credentials';
    return {
      errorCode,
      stage: 'authorization',
      reason: 'provider-error',
      providerError: codeIn(error.error),
    };
  }
  if (error instanceof WWWAuthenticateChallengeError) {
    const providerError = codeIn(error.cause[0]?.parameters['error']);
    return { errorCode: 'bff_upstream_invalid_response', reason: 'client-rejected', providerError };
  }
  if (error instanceof ResponseBodyError) return findingOfErrorBody(error);
  if (isFailedFetch(error)) {
    return { errorCode: 'bff_upstream_unavailable', reason: 'unreachable', ...causeOf(error) };
  }
  if (error instanceof ClientError) return findingOfClient(error);
  return { errorCode: 'bff_upstream_invalid_response', reason: 'invalid-response', ...causeOf(error) };
}

function findingOfErrorBody({ status, error }: ResponseBodyError): Finding {
  const providerError = codeIn(error);
  if (status >= 500)
    return { errorCode: 'bff_upstream_unavailable', reason: 'provider-error', providerError };
  if (error === 'invalid_grant') {
    return { errorCode: 'bff_invalid_credentials', reason: 'code-rejected', providerError };
  }
  const reason = status === 401 || CLIENT_REJECTED.has(error) ? 'client-rejected' : 'provider-error';
  return { errorCode: 'bff_upstream_invalid_response', reason, providerError };
}

function findingOfClient({ code = '', message, cause }: ClientError): Finding {
  const inner = cause instanceof Error ? cause : undefined;
  const words = inner?.message ?? message;
  if (code === 'OAUTH_TIMEOUT' || code === 'OAUTH_ABORT') {
    return { errorCode: 'bff_upstream_unavailable', reason: 'timeout' };
  }
  if (code === 'OAUTH_RESPONSE_IS_NOT_CONFORM') {
    const status = cause instanceof Response ? cause.status : 0;
    if (status >= 500) return { errorCode: 'bff_upstream_unavailable', reason: 'unreachable' };
    const reason = status === 401 ? 'client-rejected' : 'invalid-response';
    return { errorCode: 'bff_upstream_invalid_response', reason };
  }
  if (code === 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED') {
    return { errorCode: 'bff_upstream_invalid_response', reason: 'issuer-mismatch' };
  }
  const isUnusable =
    code === 'OAUTH_RESPONSE_IS_NOT_JSON' ||
    code === 'OAUTH_PARSE_ERROR' ||
    code === 'OAUTH_UNSUPPORTED_OPERATION';
  const errorCode = isUnusable ? 'bff_upstream_invalid_response' : 'bff_invalid_credentials';
  if (OF_ID_TOKEN.test(words))
    return { errorCode, stage: 'id-token', ...reasonOfClaims(words, inner?.cause) };
  if (OF_CALLBACK.test(words)) {
    const reason = words.includes('"iss"') ? 'issuer-mismatch' : 'invalid-response';
    return { errorCode, stage: 'authorization', reason };
  }
  const reason = words.includes('"id_token"') ? 'id-token-missing' : 'invalid-response';
  return { errorCode, reason };
}

function findingOfToken(error: errors.JOSEError): Finding {
  const errorCode = 'bff_invalid_credentials';
  if (error instanceof errors.JWTExpired) return { errorCode, reason: 'clock-skew', claim: error.claim };
  if (error instanceof errors.JWTClaimValidationFailed) {
    const { claim, reason } = error;
    return { errorCode, ...reasonOfClaim(claim, reason === 'missing') };
  }
  if (error instanceof errors.JOSEAlgNotAllowed) return { errorCode, reason: 'algorithm-not-allowed' };
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return { errorCode, reason: 'signature-invalid' };
  if (error instanceof errors.JWKSNoMatchingKey) return { errorCode, reason: 'key-unknown' };
  return { errorCode, reason: 'invalid', cause: error.code };
}

function reasonOfClaims(words: string, details: unknown): Pick<SignInFailure, 'reason' | 'claim'> {
  if (words.includes('"alg"') || words.includes('algorithm')) return { reason: 'algorithm-not-allowed' };
  const missing = MISSING_CLAIM.exec(words)?.[1];
  if (missing !== undefined) return { reason: 'claim-missing', claim: missing };
  const { claim } = (details ?? {}) as { readonly claim?: unknown };
  if (typeof claim !== 'string') return { reason: 'invalid' };
  return reasonOfClaim(claim, false);
}

function reasonOfClaim(claim: string, isMissing: boolean): Pick<SignInFailure, 'reason' | 'claim'> {
  if (isMissing) return { reason: 'claim-missing', claim };
  return { reason: TIME_CLAIMS.has(claim) ? 'clock-skew' : 'claim-mismatch', claim };
}

function codeIn(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  return ERROR_CODE.test(value) ? value : 'unprintable';
}

/** The innermost code of the system or library that an error carries. */
function causeOf(error: unknown): Pick<SignInFailure, 'cause'> {
  let found: string | undefined;
  for (let at = error; isErrorLike(at); at = at.cause) {
    const { code } = at as { readonly code?: unknown };
    if (typeof code === 'string' && ERROR_CODE.test(code)) found = code;
  }
  return { cause: found };
}

/** Node's fetch fails with a TypeError of these words, whose cause says why; libraries may have wrapped it. */
function isFailedFetch(error: unknown): boolean {
  for (let cause = error; isErrorLike(cause); cause = cause.cause) {
    if (cause.name === 'TypeError' && cause.message === 'fetch failed') return true;
  }
  return false;
}

function isErrorLike(value: unknown): value is Error {
  return typeof value === 'object' && value !== null && 'name' in value && 'message' in value;
}
