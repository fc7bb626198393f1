import { JsonText, Problem, type ProblemAnswer, retryAfterOf } from '@bff/problems';
import {
  type ExchangePhase,
  ResponseMemoryExhaustedError,
  UnusableAnswerError,
  type WholeAnswer,
} from './exchange.js';
import { memberSource } from './member-source.js';
import { UpstreamAnswer } from './upstream-answer.js';

/** An error body of the upstream; its status and its four members are relayed (docs/contract.md section 3). */
export class UpstreamError extends Error implements ProblemAnswer {
  override readonly name = 'UpstreamError';
  readonly detail: string;

  constructor(
    readonly status: number,
    readonly errorCode: string,
    message: string,
    readonly resolution: string,
    readonly additionalInformation: JsonText | undefined,
    readonly retryAfter: string | undefined,
  ) {
    super(message);
    this.detail = message;
  }
}

/**
 * Judges a whole answer below 300: passed on as it is, or not at all.
 * @throws Problem `bff_upstream_invalid_response`
 */
export function successOf({ status, headers, body }: WholeAnswer, mayBeEmpty: boolean): UpstreamAnswer {
  const retryAfter = retryAfterOf(headers['retry-after']) ?? null;
  if (status === 204 && mayBeEmpty) return new UpstreamAnswer(status, null, null, retryAfter);
  const contentType: unknown = headers['content-type'];
  if (typeof contentType !== 'string' || !isJsonType(contentType))
    throw invalid('Its content type is not JSON.');
  if (isEncoded(headers['content-encoding'])) throw invalid('Its body is encoded.');
  if (!looksLikeJson(body)) throw invalid('Its body is not a JSON object or array.');
  return new UpstreamAnswer(status, body, contentType, retryAfter);
}

/** Where the upstream gives no next step (docs/contract.md section 3). */
const DEFAULT_RESOLUTION = 'Contact Sinch support and quote the request id.';

/**
 * What an answer from 400 on becomes: the upstream's own error, or ours by its status
 * (docs/contract.md section 3).
 */
export function failureOf({ status, headers, body }: WholeAnswer): UpstreamError | Problem {
  if (status === 401) return new Problem('bff_upstream_credentials_rejected');
  const retryAfter = retryAfterOf(headers['retry-after']);
  const { errorCode, message, resolution, additionalInformation } = membersOf(body);
  if (typeof errorCode === 'string' && errorCode.startsWith('bff_')) {
    return invalid('Its errorCode is one of this service.');
  }
  // Above 599 there are no statuses (RFC 9110 section 15), so there is nothing to keep.
  if (typeof errorCode === 'string' && typeof message === 'string' && status <= 599) {
    return new UpstreamError(
      status,
      errorCode,
      message,
      typeof resolution === 'string' ? resolution : DEFAULT_RESOLUTION,
      additionalInformation,
      retryAfter,
    );
  }
  const detail = `The upstream answered ${status} in a form of its own.`;
  if (status === 429) return new Problem('bff_rate_limited', { detail, retryAfter });
  if (status === 503) return new Problem('bff_upstream_unavailable', { detail, retryAfter });
  return new Problem('bff_upstream_invalid_response', { detail });
}

/** What an exchange that broke becomes: before the first byte of the answer nothing came, after it something unusable. */
export function breakageOf(error: Error, phase: ExchangePhase): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof ResponseMemoryExhaustedError) return new Problem('bff_overloaded', { cause: error });
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const unusable =
    error instanceof UnusableAnswerError ||
    error.name === 'HTTPParserError' ||
    phase === 'body' ||
    UNUSABLE_CODES.test(code);
  return new Problem(unusable ? 'bff_upstream_invalid_response' : 'bff_upstream_unreachable', {
    cause: error,
  });
}

/** undici's codes for answers that break the rules: header overflow, a length that was not kept. */
const UNUSABLE_CODES = /^(UND_ERR_HEADERS_OVERFLOW|UND_ERR_RES_|UND_ERR_BAD_RESPONSE)/;

function invalid(detail: string): Problem {
  return new Problem('bff_upstream_invalid_response', { detail });
}

const TOKEN = "[\\w!#$%&'*+.^`|~-]+";
const QUOTED = '"(?:[\\t \\x21\\x23-\\x5b\\x5d-\\x7e]|\\\\[\\t \\x21-\\x7e])*"';

/** The media type `application/json` with any parameters (RFC 9110 sections 5.6.6 and 8.3.1). */
const JSON_TYPE = new RegExp(
  `^application/json(?:[ \\t]*;(?:[ \\t]*${TOKEN}=(?:${TOKEN}|${QUOTED}))?)*[ \\t]*$`,
  'i',
);

function isJsonType(contentType: string): boolean {
  return contentType === 'application/json' || JSON_TYPE.test(contentType);
}

function isEncoded(contentEncoding: string | string[] | undefined): boolean {
  return contentEncoding !== undefined && String(contentEncoding).toLowerCase() !== 'identity';
}

const [TAB, LINE_FEED, RETURN, SPACE, OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = [
  0x09, 0x0a, 0x0d, 0x20, 0x5b, 0x5d, 0x7b, 0x7d,
];

/**
 * Begins and ends like a JSON object or array; what is between is not looked at
 * (docs/decisions/0004-answers-are-taken-in-whole.md).
 */
function looksLikeJson(body: Buffer): boolean {
  let first = 0;
  let last = body.length - 1;
  while (first < last && isSpace(body[first])) first += 1;
  while (last > first && isSpace(body[last])) last -= 1;
  return (
    last > first &&
    ((body[first] === OPEN_BRACE && body[last] === CLOSE_BRACE) ||
      (body[first] === OPEN_BRACKET && body[last] === CLOSE_BRACKET))
  );
}

function isSpace(byte: number | undefined): boolean {
  return byte === SPACE || byte === LINE_FEED || byte === RETURN || byte === TAB;
}

interface ErrorMembers {
  readonly errorCode?: unknown;
  readonly message?: unknown;
  readonly resolution?: unknown;
  readonly additionalInformation?: JsonText | undefined;
}

/** Reads UTF-8 and skips its byte order mark. */
const utf8 = new TextDecoder();

/** The members of an error that pass; none if the body is not a JSON object. */
function membersOf(body: Buffer): ErrorMembers {
  try {
    const json = utf8.decode(body);
    const value: unknown = JSON.parse(json);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
    const { errorCode, message, resolution } = value as Record<string, unknown>;
    const source = memberSource(json, 'additionalInformation');
    const additionalInformation = source === undefined ? undefined : new JsonText(source);
    return { errorCode, message, resolution, additionalInformation };
  } catch {
    return {};
  }
}
