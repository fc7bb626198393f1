import { JsonText, Problem, type ProblemDetails, retryAfterOf } from '@bff/problems';
import {
  type ExchangePhase,
  ResponseMemoryExhaustedError,
  InvalidResponseError,
  type CompleteResponse,
} from './exchange.js';
import { memberSource } from './member-source.js';
import { UpstreamResponse } from './upstream-response.js';

/** An error body of the upstream; its status and four members are relayed (docs/contract.md section 3). */
export class UpstreamError extends Error implements ProblemDetails {
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
 * Accepts a complete response with a status below 300, whose body is relayed unchanged.
 * @throws Problem `bff_upstream_invalid_response`
 */
export function successOf(
  { status, headers, body }: CompleteResponse,
  mayBeEmpty: boolean,
): UpstreamResponse {
  const retryAfter = retryAfterOf(headers['retry-after']) ?? null;
  if (status === 204 && mayBeEmpty) return new UpstreamResponse(status, null, null, retryAfter);
  const contentType: unknown = headers['content-type'];
  if (typeof contentType !== 'string' || !isJsonType(contentType))
    throw invalid('The content type of the response is not JSON.');
  if (isEncoded(headers['content-encoding'])) throw invalid('The response has a content encoding.');
  if (!looksLikeJson(body)) throw invalid('The body of the response is not a JSON object or array.');
  return new UpstreamResponse(status, body, contentType, retryAfter);
}

/** The time that a 429 without `Retry-After` announces (docs/contract.md section 5). */
const DEFAULT_REFUSAL_SECONDS = '1';

/** Used if the error of the upstream has no resolution (docs/contract.md section 3). */
const DEFAULT_RESOLUTION = 'Contact Sinch support and quote the request id.';

/**
 * Converts a response with a status of at least 400 to the error of the upstream, or to a problem of this
 * service (docs/contract.md section 3).
 */
export function failureOf({ status, headers, body }: CompleteResponse): UpstreamError | Problem {
  if (status === 401) return new Problem('bff_upstream_credentials_rejected');
  const retryAfter = retryAfterOf(headers['retry-after']);
  const { errorCode, message, resolution, additionalInformation } = membersOf(body);
  if (typeof errorCode === 'string' && errorCode.startsWith('bff_')) {
    return invalid('The errorCode of the response is reserved for this service.');
  }
  // Statuses above 599 are invalid (RFC 9110 section 15) and cannot be relayed.
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
  const detail = `The upstream answered ${status} without errorCode and message.`;
  if (status === 429)
    return new Problem('bff_rate_limited', { detail, retryAfter: retryAfter ?? DEFAULT_REFUSAL_SECONDS });
  if (status === 503) return new Problem('bff_upstream_unavailable', { detail, retryAfter });
  return new Problem('bff_upstream_invalid_response', { detail });
}

/** Whether an error was sent by the upstream itself, and not by a gateway in front of it. */
export function hasErrorCode({ body }: Pick<CompleteResponse, 'body'>): boolean {
  return typeof membersOf(body).errorCode === 'string';
}

/**
 * Converts a failed exchange to a problem: unreachable before the first byte of the response, invalid after
 * it.
 */
export function exchangeProblem(error: Error, phase: ExchangePhase): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof ResponseMemoryExhaustedError) return new Problem('bff_overloaded', { cause: error });
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const isInvalid =
    error instanceof InvalidResponseError ||
    error.name === 'HTTPParserError' ||
    phase === 'body' ||
    INVALID_CODES.test(code);
  return new Problem(isInvalid ? 'bff_upstream_invalid_response' : 'bff_upstream_unreachable', {
    cause: error,
  });
}

/** Error codes of undici for invalid responses, such as a header overflow or a wrong content length. */
const INVALID_CODES = /^(UND_ERR_HEADERS_OVERFLOW|UND_ERR_RES_|UND_ERR_BAD_RESPONSE)/;

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
 * Whether a body begins and ends like a JSON object or array; the rest is not parsed
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

/** Decodes UTF-8 and skips a byte order mark. */
const utf8 = new TextDecoder();

/** The members of an error that are relayed; empty if the body is not a JSON object. */
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
