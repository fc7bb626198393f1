import { Problem } from '@bff/problems';
import { errors } from 'jose';
import { AuthorizationResponseError, ClientError, ResponseBodyError } from 'openid-client';

/** Errors of a provider that may be over soon (RFC 6749 section 4.1.2.1). */
const PASSING = new Set(['server_error', 'temporarily_unavailable']);

/** What of a provider's answers is no answer at all: codes of openid-client and oauth4webapi. */
const SILENCE = new Set(['OAUTH_TIMEOUT', 'OAUTH_ABORT']);
const JUNK = new Set(['OAUTH_RESPONSE_IS_NOT_JSON', 'OAUTH_PARSE_ERROR', 'OAUTH_UNSUPPORTED_OPERATION']);
const UNEXPECTED_STATUS = 'OAUTH_RESPONSE_IS_NOT_CONFORM';

/**
 * What an error on the way to a provider, or in what it said, means to a browser. What does not prove who somebody is
 * proves nothing: everything that is not the provider's silence or junk is a failed sign-in.
 */
export function providerProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof AuthorizationResponseError) {
    return PASSING.has(error.error)
      ? unavailable(error)
      : new Problem('bff_invalid_credentials', { cause: error });
  }
  if (error instanceof ResponseBodyError) {
    if (error.status >= 500) return unavailable(error);
    return error.error === 'invalid_grant'
      ? new Problem('bff_invalid_credentials', { cause: error })
      : junk(error);
  }
  if (error instanceof errors.JWKSTimeout || isFailedFetch(error)) return unavailable(error);
  if (error instanceof ClientError) {
    const { code = '', cause } = error;
    if (SILENCE.has(code)) return unavailable(error);
    if (code === UNEXPECTED_STATUS) return statusOf(cause) >= 500 ? unavailable(error) : junk(error);
    if (JUNK.has(code)) return junk(error);
    return new Problem('bff_invalid_credentials', { cause: error });
  }
  if (error instanceof errors.JOSEError) {
    // The general one is thrown for a key set that could not be read.
    return error.code === 'ERR_JOSE_GENERIC' || error.code === 'ERR_JWKS_INVALID'
      ? unavailable(error)
      : new Problem('bff_invalid_credentials', { cause: error });
  }
  return junk(error);
}

/** What an error in a provider's description of itself means: it is away, or not to be used. */
export function discoveryProblem(error: unknown): Problem {
  const problem = providerProblem(error);
  return problem.status >= 500 ? problem : junk(error);
}

function unavailable(cause: unknown): Problem {
  const detail = 'The identity provider cannot be reached; whoever is signed in stays so.';
  return new Problem('bff_upstream_unavailable', { detail, cause });
}

function junk(cause: unknown): Problem {
  const detail = 'The identity provider gave an answer that cannot be used.';
  return new Problem('bff_upstream_invalid_response', { detail, cause });
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

function statusOf(cause: unknown): number {
  return cause instanceof Response ? cause.status : 0;
}
