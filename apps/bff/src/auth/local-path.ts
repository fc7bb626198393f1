import { InvalidInputProblem } from '@bff/problems';

/** Begins with exactly one slash and contains no character that browsers strip or treat as a slash. */
const LOCAL_PATH = /^\/(?![/\\])[^\\\p{Cc}\s]{0,2047}$/u;

/**
 * Validates the path on the frontend to which the browser returns from its provider
 * (docs/security-requirements.md CSR-15).
 * @param returnTo the requested path; defaults to `/`
 * @param origin the origin of the frontend
 * @returns the normalized path with query and fragment
 * @throws InvalidInputProblem if it is not a path on this origin
 */
export function localPath(returnTo: string | undefined, origin: string): string {
  if (returnTo === undefined) return '/';
  const url = LOCAL_PATH.test(returnTo) ? URL.parse(returnTo, origin) : null;
  // Resolving dot segments can leave two leading slashes, which browsers parse as a host.
  if (url === null || url.origin !== origin || url.pathname.startsWith('//')) {
    throw new InvalidInputProblem(['returnTo must be a path on this origin, such as /accounts']);
  }
  // Normalized and percent-encoded, so that it fits into a header and browsers parse it identically.
  return url.pathname + url.search + url.hash;
}
