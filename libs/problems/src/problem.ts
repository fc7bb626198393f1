import { CATALOGUE, type ProblemCode } from './catalogue.js';

/** The media type of every error response (RFC 9457 section 3). */
export const PROBLEM_MEDIA_TYPE = 'application/problem+json; charset=utf-8';

/** The `Retry-After` of 429 and 503 responses if the upstream sent none, in seconds. */
const DEFAULT_RETRY_AFTER_SECONDS = 5;

/** Additional members that explain an error of this service. */
export type AdditionalInformation = Readonly<Record<string, unknown>>;

/** JSON text that is relayed unchanged, which preserves large numbers and any nesting. */
export class JsonText {
  constructor(readonly text: string) {}
}

/** The content of an error response; {@link problemBody} serializes it. */
export interface ProblemDetails {
  readonly status: number;
  readonly errorCode: string;
  readonly message: string;
  /** Undefined only if the upstream omitted it. */
  readonly resolution: string | undefined;
  readonly detail: string;
  /** Free-form; that of the upstream is relayed unchanged (docs/upstream.md section 4.1). */
  readonly additionalInformation?: AdditionalInformation | JsonText | undefined;
  /** `Retry-After`: whole seconds or, if relayed from the upstream, an HTTP date. */
  readonly retryAfter?: string | undefined;
  /** `Allow`, only for 405. */
  readonly allow?: string | undefined;
}

export interface ProblemOptions {
  readonly detail?: string;
  /** Replaces the resolution of the catalogue by a more specific one. */
  readonly resolution?: string;
  readonly additionalInformation?: AdditionalInformation;
  readonly retryAfter?: string | undefined;
  readonly allow?: string;
  readonly cause?: unknown;
  /** See {@link Problem.peer}. */
  readonly peer?: string;
}

/**
 * An error of this service with a code of the {@link CATALOGUE}; the problem filter converts it to a
 * response.
 */
export class Problem extends Error implements ProblemDetails {
  override readonly name = 'Problem';
  readonly status: number;
  readonly resolution: string;
  readonly detail: string;
  readonly additionalInformation: AdditionalInformation | undefined;
  readonly retryAfter: string | undefined;
  readonly allow: string | undefined;
  /** The peer that failed, only for the log; set by the thrower or by the caller that knows the peer. */
  peer: string | null;

  constructor(
    readonly errorCode: ProblemCode,
    options: ProblemOptions = {},
  ) {
    const { status, message, resolution } = CATALOGUE[errorCode];
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.status = status;
    this.resolution = options.resolution ?? resolution;
    this.detail = options.detail ?? message;
    this.additionalInformation = options.additionalInformation;
    this.retryAfter =
      options.retryAfter ??
      (status === 503 || status === 429 ? String(DEFAULT_RETRY_AFTER_SECONDS) : undefined);
    this.allow = options.allow;
    this.peer = options.peer ?? null;
  }
}

/** Maximum listed validation errors; further ones are counted. */
export const MAX_SENTENCES = 20;

/** Maximum characters of a sentence, which may quote a member name as long as the body. */
const MAX_SENTENCE_LENGTH = 300;

/**
 * Invalid input: 400 with one sentence per violated rule, which begins with the path of the member, in the
 * format of the upstream (docs/upstream.md section 4.1).
 */
export class InvalidInputProblem extends Problem {
  readonly sentences: readonly string[];

  constructor(sentences: readonly string[], cause?: unknown) {
    const named = bounded(sentences);
    super('bff_invalid_input', { additionalInformation: { validationErrors: named }, cause });
    this.sentences = named;
  }
}

function bounded(sentences: readonly string[]): readonly string[] {
  const named = sentences
    .slice(0, MAX_SENTENCES)
    .map((sentence) =>
      sentence.length > MAX_SENTENCE_LENGTH ? `${sentence.slice(0, MAX_SENTENCE_LENGTH)}…` : sentence,
    );
  const further = sentences.length - named.length;
  return further > 0 ? [...named, `and ${further} further problem${further === 1 ? '' : 's'}`] : named;
}

/**
 * Serializes an error response: the members of RFC 9457, the four members that a Sinch client expects, and
 * the request id. Equal problems differ only in `instance` and `requestId`.
 */
export function problemBody(problem: ProblemDetails, requestId: string): string {
  const { additionalInformation } = problem;
  const isRelayed = additionalInformation instanceof JsonText;
  const body = JSON.stringify({
    type: `urn:problem-type:${problem.errorCode}`,
    title: problem.message,
    status: problem.status,
    detail: problem.detail,
    instance: `urn:uuid:${requestId}`,
    errorCode: problem.errorCode,
    message: problem.message,
    resolution: problem.resolution,
    additionalInformation: isRelayed ? undefined : additionalInformation,
    requestId,
  });
  return isRelayed ? `${body.slice(0, -1)},"additionalInformation":${additionalInformation.text}}` : body;
}
