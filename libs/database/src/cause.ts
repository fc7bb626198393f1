/** What a database itself said: drizzle's own message repeats the query, with everything that was to be written. */
export function causeOf(error: unknown): string {
  let cause = error as Error;
  while (cause.cause instanceof Error) cause = cause.cause;
  return cause.message;
}

/** The code of the innermost error that has one: SQLSTATE, or the system's. */
export function codeOf(error: unknown): string | undefined {
  let found: string | undefined;
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as Error & { readonly code?: unknown };
    if (typeof code === 'string') found = code;
  }
  return found;
}
