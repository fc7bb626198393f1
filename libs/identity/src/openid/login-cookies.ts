const PREFIX = '__Host-bff-login-';
const ATTRIBUTES = 'Path=/; HttpOnly; Secure; SameSite=Lax';
/** A ticket has 43 characters of base64url; a seal contains dots. */
const COOKIE = /^__Host-bff-login-([A-Za-z0-9_-]{8})=([A-Za-z0-9_.-]{43,512})$/;

/** The cookie of an open sign-in: its name, which is a prefix of `state`, and a store ticket or a seal. */
export interface LoginCookie {
  readonly name: string;
  readonly ticket: string;
}

/** Returns the number of characters that a sign-in adds to the `Cookie` header, without the separator. */
export function cookieLength({ name, ticket }: LoginCookie): number {
  return PREFIX.length + name.length + 1 + ticket.length;
}

/**
 * Returns `Set-Cookie` for a sign-in. Each sign-in has a separate cookie, so that concurrent tabs do not
 * interfere.
 */
export function loginCookie({ name, ticket }: LoginCookie, maxAgeSeconds: number): string {
  return `${PREFIX}${name}=${ticket}; ${ATTRIBUTES}; Max-Age=${maxAgeSeconds}`;
}

export function expiredLoginCookie(name: string): string {
  return `${PREFIX}${name}=; ${ATTRIBUTES}; Max-Age=0`;
}

/** Returns the cookie name of the sign-in that a `state` belongs to. */
export function nameIn(state: string): string {
  return state.slice(0, 8);
}

/**
 * Lists the sign-in cookies of a `Cookie` header, oldest first, as browsers send them (RFC 6265 section 5.4).
 */
export function loginCookies(cookies: string | undefined): readonly LoginCookie[] {
  return (cookies ?? '').split(';').flatMap((pair) => {
    const [, name, ticket] = COOKIE.exec(pair.trim()) ?? [];
    return name === undefined || ticket === undefined ? [] : [{ name, ticket }];
  });
}
