/**
 * Letters, digits, `-`, `_` and single inner dots between single slashes. No route needs more, so input that
 * components could interpret differently (escapes, dot segments, `//`, `\`, `;`, an absolute form) never
 * reaches the router.
 */
const PLAIN_PATH = /^(?:\/[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)+$/;

/**
 * Whether the request target, as sent, has a path that a route could have
 * (docs/security-requirements.md PRX-02, PRX-03).
 */
export function isPlainTarget(target: string): boolean {
  const query = target.indexOf('?');
  const path = query === -1 ? target : target.slice(0, query);
  return path === '/' || PLAIN_PATH.test(path);
}
