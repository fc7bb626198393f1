/** The lifetime of a token without any expiry, in milliseconds. */
const DEFAULT_LIFETIME_MS = 300_000;

/** Maximum lifetime, in milliseconds, even if the response has a longer one. */
const MAX_LIFETIME_MS = 24 * 60 * 60_000;

/**
 * Returns the lifetime of an access token in milliseconds: by `expires_in` (RFC 6749 section 5.1; digits in a
 * string are accepted), else by the `exp` claim of a JWT, else five minutes.
 * @param now milliseconds since the epoch
 * @returns undefined if `expires_in` is present and not a finite positive number
 */
export function tokenLifetime(expiresIn: unknown, token: string, now: number): number | undefined {
  if (expiresIn === undefined || expiresIn === null) {
    const rest = expiryOf(token) - now;
    return rest > 0 ? Math.min(rest, MAX_LIFETIME_MS) : DEFAULT_LIFETIME_MS;
  }
  const seconds = typeof expiresIn === 'string' && /^\d+$/.test(expiresIn) ? Number(expiresIn) : expiresIn;
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds <= 0) return undefined;
  return Math.min(seconds * 1_000, MAX_LIFETIME_MS);
}

/**
 * The unverified `exp` claim (RFC 7519 section 4.1.4) in milliseconds since the epoch; NaN if absent.
 */
function expiryOf(token: string): number {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    const { exp } = claims as { readonly exp?: unknown };
    return typeof exp === 'number' ? exp * 1_000 : NaN;
  } catch {
    return NaN;
  }
}
