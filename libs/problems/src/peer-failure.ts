import { types } from 'node:util';
import { Problem } from './problem.js';

/** What a library said of a failure, without what it carries: requests, bodies and parameters stay behind. */
export interface RootCause {
  /** The library's code, `ECONNREFUSED` for example; the class of the error where it has none. */
  readonly code: string;
  readonly message: string;
}

const MAX_CAUSES = 10;
const MAX_MESSAGE_LENGTH = 300;

/**
 * The innermost error of a chain of causes: outer ones repeat the query or the request, with secrets in it. A SyntaxError
 * is passed over, because it quotes the text that could not be parsed.
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
 * A failure of a peer (an upstream server, a token endpoint, an identity provider, the database) for the log. Passed to
 * `logger.warn`, it becomes one line per peer and kind, and at most one per minute after that.
 */
export class PeerFailure {
  readonly code: string;
  readonly cause: string;

  /**
   * @param peer a name or a host, never an address with credentials
   * @param errorCode what callers are answered with; null where nobody waits
   * @param requestId of the request that failed first; null where nobody waits
   */
  constructor(
    readonly peer: string,
    error: unknown,
    readonly errorCode: string | null = null,
    readonly requestId: string | null = null,
  ) {
    ({ code: this.code, message: this.cause } = rootCause(error));
  }

  /** Equal for failures of the same kind and peer. Our own errors have no code, but fixed texts. */
  get key(): string {
    const isOfLibrary = /^[A-Z][A-Z0-9_]*$/.test(this.code);
    return JSON.stringify([this.peer, this.errorCode, isOfLibrary ? this.code : this.cause]);
  }
}

/** The peer that a problem, or one of its causes, names. */
export function peerOf(problem: unknown): string | null {
  for (const cause of causesOf(problem)) {
    if (cause instanceof Problem && cause.peer !== null) return cause.peer;
  }
  return null;
}

/** The native errors of a chain, the outermost first; of several that failed together, the first. */
function* causesOf(error: unknown): Generator<Error> {
  let cause = error;
  for (let depth = 0; depth < MAX_CAUSES && types.isNativeError(cause); depth += 1) {
    yield cause;
    const { errors } = cause as Error & { readonly errors?: unknown };
    cause = cause.cause ?? (Array.isArray(errors) ? (errors[0] as unknown) : undefined);
  }
}
