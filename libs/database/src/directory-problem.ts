import { Problem } from '@bff/problems';

/** Postgres' class 23: a constraint of the schema refused the change. */
const INTEGRITY_VIOLATION = /^23\d{3}$/;

/** What a change that failed means to who wanted it: a clash with a record that is there, or a database that is not. */
export function directoryProblem(error: unknown): Problem {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof Problem) return cause;
    const { code } = cause as Error & { readonly code?: unknown };
    if (typeof code === 'string' && INTEGRITY_VIOLATION.test(code)) {
      return new Problem('bff_conflict', { cause: error });
    }
  }
  return new Problem('bff_directory_unavailable', { cause: error, peer: 'database' });
}
