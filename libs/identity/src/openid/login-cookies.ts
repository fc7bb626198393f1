const PREFIX = '__Host-bff-login-';
const ATTRIBUTES = 'Path=/; HttpOnly; Secure; SameSite=Lax';
/** A value of the store's kind has 43 characters; a seal has dots. */
const COOKIE = /^__Host-bff-login-([A-Za-z0-9_-]{8})=([A-Za-z0-9_.-]{43,512})$/;

/** An open sign-in of a browser: its name, which is the beginning of `state`, and a ticket of the store or a seal. */
export interface LoginCookie {
  readonly name: string;
  readonly ticket: string;
}

/** Characters that a sign-in adds to the `Cookie` header, without the separator. */
export function cookieLength({ name, ticket }: LoginCookie): number {
  return PREFIX.length + name.length + 1 + ticket.length;
}

/** Each sign-in has a cookie of its own, so that tabs that sign in at once do not take it from each other. */
export function loginCookie({ name, ticket }: LoginCookie, maxAgeSeconds: number): string {
  return `${PREFIX}${name}=${ticket}; ${ATTRIBUTES}; Max-Age=${maxAgeSeconds}`;
}

export function expiredLoginCookie(name: string): string {
  return `${PREFIX}${name}=; ${ATTRIBUTES}; Max-Age=0`;
}

/** The name of the sign-in that a `state` belongs to. */
export function nameIn(state: string): string {
  return state.slice(0, 8);
}

/** The open sign-ins of a `Cookie` header, the oldest first, as browsers send them (RFC 6265 section 5.4). */
export function loginCookies(cookies: string | undefined): readonly LoginCookie[] {
  return (cookies ?? '').split(';').flatMap((pair) => {
    const [, name, ticket] = COOKIE.exec(pair.trim()) ?? [];
    return name === undefined || ticket === undefined ? [] : [{ name, ticket }];
  });
}
