import { types } from 'node:util';
import { Problem } from './problem.js';

/** Code and message of the error of a library, without attached requests, bodies and parameters. */
export interface RootCause {
  /** The error code, for example `ECONNREFUSED`; the class of the error if it has no code. */
  readonly code: string;
  readonly message: string;
}

const MAX_CAUSES = 10;
const MAX_MESSAGE_LENGTH = 300;

/**
 * Returns the innermost error of a chain of causes, because outer ones repeat the query or the request with
 * its secrets. A SyntaxError is skipped, because it quotes the text that could not be parsed.
 */
export function rootCause(error: unknown): RootCause {
  let root: { readonly code?: unknown; readonly name: string; readonly message: string } = {
    name: 'unknown',
    message: '',
  };
  for (const cause of causesOf(error)) if (cause.name !== 'SyntaxError') root = cause;
  const message = root instanceof Problem ? root.detail : root.message;
  const code = root instanceof Problem ? root.errorCode : root.code;
  return {
    code: typeof code === 'string' ? code : root.name,
    message: message.slice(0, MAX_MESSAGE_LENGTH),
  };
}

/**
 * A failure of a peer (an upstream server, a token endpoint, an identity provider, the database) for the log.
 * If passed to `logger.warn`, each {@link key} is logged at most once per minute.
 */
export class PeerFailure {
  readonly code: string;
  readonly cause: string;

  /**
   * @param peer a name or a host, never a URL with credentials
   * @param errorCode the error code of the response; null for background work
   * @param requestId the id of the first failed request; null for background work
   */
  constructor(
    readonly peer: string,
    error: unknown,
    readonly errorCode: string | null = null,
    readonly requestId: string | null = null,
  ) {
    ({ code: this.code, message: this.cause } = rootCause(error));
  }

  /**
   * Identifies peer and kind of a failure. Errors of this service have no library code, but a constant
   * message.
   */
  get key(): string {
    const isLibraryCode = /^[A-Z][A-Z0-9_]*$/.test(this.code);
    return JSON.stringify([this.peer, this.errorCode, isLibraryCode ? this.code : this.cause]);
  }
}

/** The peer of a problem or of its nearest cause that has one. */
export function peerOf(problem: unknown): string | null {
  for (const cause of causesOf(problem)) {
    if (cause instanceof Problem && cause.peer !== null) return cause.peer;
  }
  return null;
}

/** The native errors of a chain of causes, outermost first; of an AggregateError, the first error. */
function* causesOf(error: unknown): Generator<Error> {
  let cause = error;
  for (let depth = 0; depth < MAX_CAUSES && types.isNativeError(cause); depth += 1) {
    yield cause;
    const { errors } = cause as Error & { readonly errors?: unknown };
    cause = cause.cause ?? (Array.isArray(errors) ? (errors[0] as unknown) : undefined);
  }
}
