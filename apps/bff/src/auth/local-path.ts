import { InvalidInputProblem } from '@bff/problems';

/** Begins with one slash and holds nothing that a browser would read as another host, or not read at all. */
const LOCAL_PATH = /^\/(?![/\\])[^\\\p{Cc}\s]{0,2047}$/u;

/**
 * Where a browser returns to after its provider: a path of the frontend itself
 * (docs/security-requirements.md CSR-15); absent: `/`.
 * @throws InvalidInputProblem
 */
export function localPath(returnTo: string | undefined, origin: string): string {
  if (returnTo === undefined) return '/';
  const url = LOCAL_PATH.test(returnTo) ? URL.parse(returnTo, origin) : null;
  // Dots that are resolved may leave two slashes at the beginning, which would name a host.
  if (url === null || url.origin !== origin || url.pathname.startsWith('//')) {
    throw new InvalidInputProblem(['returnTo must be a path on this origin, such as /accounts']);
  }
  // As the browser will read it, and in characters that a header can hold.
  return url.pathname + url.search + url.hash;
}
