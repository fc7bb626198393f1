import { Problem } from '@bff/problems';
import { type Outcome } from '@bff/resilience';
import { type CompleteResponse, type Exchange } from './exchange.js';
import { hasErrorCode, UpstreamError } from './response-checks.js';

/** Upper limit of the random delay before the first repetition, in milliseconds; it doubles for the second. */
const JITTER_MS = 200;

/** Time that a 429 without `Retry-After` announces (docs/contract.md section 5). */
export const DEFAULT_REFUSAL_MS = 1_000;

/** Error codes of connections that could not be made or were lost. */
const LOST_CODES: ReadonlySet<string> = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'],
  ...['EAI_AGAIN', 'ENOTFOUND', 'UND_ERR_SOCKET', 'UND_ERR_CONNECT_TIMEOUT'],
]);

export function isLost(error: Error): boolean {
  return LOST_CODES.has((error as NodeJS.ErrnoException).code ?? '');
}

/** Whether a read may be repeated after a failed exchange: no byte of a response has arrived. */
export function isRepeatable(exchange: Exchange, error: Error): boolean {
  return isLost(error) && (exchange.phase === 'connect' || exchange.closedBeforeResponse(error));
}

/** Whether a read may be repeated after a response: a gateway answered instead of the upstream (docs/contract.md section 5). */
export function isGatewayFailure(response: Pick<CompleteResponse, 'status' | 'body'>): boolean {
  const { status } = response;
  return (status === 502 || status === 503 || status === 504) && !hasErrorCode(response);
}

/**
 * What a response with a status of at least 400 says about the health of the upstream: 4xx never counts against it, nor does
 * a 500 that reports something else than an internal error (docs/upstream.md section 4.2: Meta's limits).
 */
export function healthAfter(status: number, failure: Problem | UpstreamError): Outcome {
  const isOwn500 =
    status === 500 && failure instanceof UpstreamError && failure.errorCode !== 'internal_error';
  return status >= 500 && !isOwn500 ? 'failure' : 'success';
}

/**
 * Whether a response asks to refuse all calls of the tenant for a while; other 429s concern a single resource
 * (docs/contract.md section 5).
 */
export function concernsTenant(status: number, failure: Problem | UpstreamError): boolean {
  return status === 429 && (failure instanceof Problem || failure.errorCode === 'too_many_requests');
}

/**
 * The delay before a read is repeated: random, so that callers do not come back together (full jitter), and at least what
 * the upstream asked for.
 * @param retries the repetitions so far
 */
export function retryDelayMs(retries: number, announcedMs = 0): number {
  return Math.max(Math.random() * JITTER_MS * 2 ** retries, announcedMs);
}

/**
 * Reads `Retry-After`, in seconds or as an HTTP date (RFC 9110 section 10.2.3).
 * @param now milliseconds since the epoch
 * @returns milliseconds
 */
export function millisecondsOf(retryAfter: string | undefined, now: number): number | undefined {
  if (retryAfter === undefined) return undefined;
  const ms = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1_000 : Date.parse(retryAfter) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
