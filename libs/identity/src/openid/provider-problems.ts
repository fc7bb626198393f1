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

/** Error codes of temporary provider failures (RFC 6749 section 4.1.2.1). */
const TRANSIENT_ERRORS = new Set(['server_error', 'temporarily_unavailable']);

/** Error codes with which a provider rejects the client authentication (RFC 6749 section 5.2). */
const CLIENT_REJECTED = new Set(['invalid_client', 'unauthorized_client']);

const TIME_CLAIMS = new Set(['iat', 'nbf', 'exp']);

/** The format of error codes in RFC 6749; other text may contain personal data. */
const ERROR_CODE = /^[A-Za-z0-9_.-]{1,64}$/;

/** oauth4webapi names the location of an error only in the message. */
const OF_ID_TOKEN = /JWT|JWE|JWS|ID Token/;
const OF_CALLBACK =
  /response parameter|callbackParameters|parameter must be provided only once|flows are not supported/;
const MISSING_CLAIM = /^JWT "([a-z_]+)" .*claim missing$/;

/** A classified failure: the code for the browser, and the reason for the log. */
interface Classification extends Omit<SignInFailure, 'stage'> {
  readonly errorCode: ProblemCode;
  /** Set if it differs from the stage at which the error was caught. */
  readonly stage?: SignInStage;
}

/**
 * Maps an error of an exchange with a provider to a problem. Errors other than an unavailable provider or an
 * invalid response are failed sign-ins.
 */
export function providerProblem(error: unknown, stage: SignInStage): Problem {
  if (error instanceof Problem) return error;
  const { errorCode, ...failure } = classify(error);
  // Discovery involves no credentials, so its failures are the provider's.
  const code =
    failure.stage === undefined && stage === 'discovery' && errorCode === 'bff_invalid_credentials'
      ? 'bff_upstream_invalid_response'
      : errorCode;
  return new SignInProblem(code, { stage, ...failure }, error);
}

function classify(error: unknown): Classification {
  if (error instanceof KeysUnavailableError) {
    return {
      errorCode: 'bff_upstream_unavailable',
      stage: 'id-token',
      reason: 'keys-unavailable',
      ...causeOf(error),
    };
  }
  if (error instanceof errors.JOSEError) return { stage: 'id-token', ...classifyTokenError(error) };
  if (error instanceof AuthorizationResponseError) {
    const errorCode = TRANSIENT_ERRORS.has(error.error)
      ? 'bff_upstream_unavailable'
      : 'bff_invalid_credentials';
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
  if (error instanceof ResponseBodyError) return classifyErrorBody(error);
  if (isFailedFetch(error)) {
    return { errorCode: 'bff_upstream_unavailable', reason: 'unreachable', ...causeOf(error) };
  }
  if (error instanceof ClientError) return classifyClientError(error);
  return { errorCode: 'bff_upstream_invalid_response', reason: 'invalid-response', ...causeOf(error) };
}

function classifyErrorBody({ status, error }: ResponseBodyError): Classification {
  const providerError = codeIn(error);
  if (status >= 500)
    return { errorCode: 'bff_upstream_unavailable', reason: 'provider-error', providerError };
  if (error === 'invalid_grant') {
    return { errorCode: 'bff_invalid_credentials', reason: 'code-rejected', providerError };
  }
  const reason = status === 401 || CLIENT_REJECTED.has(error) ? 'client-rejected' : 'provider-error';
  return { errorCode: 'bff_upstream_invalid_response', reason, providerError };
}

function classifyClientError({ code = '', message, cause }: ClientError): Classification {
  const inner = cause instanceof Error ? cause : undefined;
  const text = inner?.message ?? message;
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
  if (OF_ID_TOKEN.test(text)) return { errorCode, stage: 'id-token', ...reasonOfClaims(text, inner?.cause) };
  if (OF_CALLBACK.test(text)) {
    const reason = text.includes('"iss"') ? 'issuer-mismatch' : 'invalid-response';
    return { errorCode, stage: 'authorization', reason };
  }
  const reason = text.includes('"id_token"') ? 'id-token-missing' : 'invalid-response';
  return { errorCode, reason };
}

function classifyTokenError(error: errors.JOSEError): Classification {
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

function reasonOfClaims(text: string, details: unknown): Pick<SignInFailure, 'reason' | 'claim'> {
  if (text.includes('"alg"') || text.includes('algorithm')) return { reason: 'algorithm-not-allowed' };
  const missing = MISSING_CLAIM.exec(text)?.[1];
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

/** Returns the innermost system or library code in the chain of causes. */
function causeOf(error: unknown): Pick<SignInFailure, 'cause'> {
  let found: string | undefined;
  for (let at = error; isErrorLike(at); at = at.cause) {
    const { code } = at as { readonly code?: unknown };
    if (typeof code === 'string' && ERROR_CODE.test(code)) found = code;
  }
  return { cause: found };
}

/** Whether the chain of causes contains the TypeError of a failed `fetch`, which libraries may wrap. */
function isFailedFetch(error: unknown): boolean {
  for (let cause = error; isErrorLike(cause); cause = cause.cause) {
    if (cause.name === 'TypeError' && cause.message === 'fetch failed') return true;
  }
  return false;
}

function isErrorLike(value: unknown): value is Error {
  return typeof value === 'object' && value !== null && 'name' in value && 'message' in value;
}
