/** What a database itself said: drizzle's own message repeats the query, with everything that was to be written. */
export function causeOf(error: unknown): string {
  let cause = error as Error;
  while (cause.cause instanceof Error) cause = cause.cause;
  return cause.message;
}
