import { Problem } from '@bff/problems';

/** PostgreSQL error codes, appendix A, class 23: a constraint of the schema was violated. */
const INTEGRITY_VIOLATION = /^23\d{3}$/;

/** Converts the error of a failed change: a conflict with an existing record, or an unavailable database. */
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
