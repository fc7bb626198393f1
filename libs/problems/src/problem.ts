import { CATALOGUE, type ProblemCode } from './catalogue.js';

/** The media type of every error answer (RFC 9457 section 3). */
export const PROBLEM_MEDIA_TYPE = 'application/problem+json; charset=utf-8';

/** Seconds a browser is asked to wait where nobody upstream named a time. */
const DEFAULT_RETRY_AFTER_SECONDS = 5;

/** What helps to understand an error of ours. */
export type AdditionalInformation = Readonly<Record<string, unknown>>;

/** JSON that is written as it was received: every digit of its numbers, however deep it is nested. */
export class JsonText {
  constructor(readonly text: string) {}
}

/** What an error answer consists of; {@link problemBody} turns it into bytes. */
export interface ProblemAnswer {
  readonly status: number;
  readonly errorCode: string;
  readonly message: string;
  /** Absent only where the upstream left it out. */
  readonly resolution: string | undefined;
  readonly detail: string;
  /** Free-form; the upstream's is passed on unchanged (docs/upstream.md section 4.1). */
  readonly additionalInformation?: AdditionalInformation | JsonText | undefined;
  /** `Retry-After`: whole seconds or, passed on from upstream, an HTTP date. */
  readonly retryAfter?: string | undefined;
  /** `Allow`, for 405 alone. */
  readonly allow?: string | undefined;
}

export interface ProblemOptions {
  readonly detail?: string;
  /** Replaces the catalogue's, where the next step is known more exactly. */
  readonly resolution?: string;
  readonly additionalInformation?: AdditionalInformation;
  readonly retryAfter?: string | undefined;
  readonly allow?: string;
  readonly cause?: unknown;
  /** See {@link Problem.peer}. */
  readonly peer?: string;
}

/** One of our own failures: thrown wherever it is noticed, answered in one place. */
export class Problem extends Error implements ProblemAnswer {
  override readonly name = 'Problem';
  readonly status: number;
  readonly resolution: string;
  readonly detail: string;
  readonly additionalInformation: AdditionalInformation | undefined;
  readonly retryAfter: string | undefined;
  readonly allow: string | undefined;
  /** The peer that failed, for the log alone: set where it is known, at the latest by who asked it. */
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

/** How many broken rules are named; the others are counted. */
export const MAX_SENTENCES = 20;

/** A sentence may quote a name as long as the body. */
const MAX_SENTENCE_LENGTH = 300;

/**
 * Input that breaks the rules: 400 with one sentence per broken rule, each beginning with the path of the
 * member, as the upstream words them (docs/upstream.md section 4.1).
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
 * The bytes of an error answer: RFC 9457 members, the four that a Sinch client knows, and the request's id.
 * Two problems of one code differ in nothing but `instance` and `requestId`.
 */
export function problemBody(problem: ProblemAnswer, requestId: string): string {
  const { additionalInformation } = problem;
  const received = additionalInformation instanceof JsonText;
  const body = JSON.stringify({
    type: `urn:problem-type:${problem.errorCode}`,
    title: problem.message,
    status: problem.status,
    detail: problem.detail,
    instance: `urn:uuid:${requestId}`,
    errorCode: problem.errorCode,
    message: problem.message,
    resolution: problem.resolution,
    additionalInformation: received ? undefined : additionalInformation,
    requestId,
  });
  return received ? `${body.slice(0, -1)},"additionalInformation":${additionalInformation.text}}` : body;
}
