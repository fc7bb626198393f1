/**
 * The message of the innermost error; drizzle's message repeats the query with its parameters, secrets
 * included.
 */
export function causeOf(error: unknown): string {
  let cause = error as Error;
  while (cause.cause instanceof Error) cause = cause.cause;
  return cause.message;
}

/** The code of the innermost error that has one: a SQLSTATE, or the code of a system call. */
export function codeOf(error: unknown): string | undefined {
  let found: string | undefined;
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as Error & { readonly code?: unknown };
    if (typeof code === 'string') found = code;
  }
  return found;
}
