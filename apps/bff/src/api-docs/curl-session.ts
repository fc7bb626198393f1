import { type FrontendSettings } from '@bff/config';

/** curl options and files that keep the session between the commands of one frontend. */
export interface CurlSession {
  /** The file that contains the session cookie. */
  readonly file: string;
  /** Options that send the session. */
  readonly sendOptions: string;
  /** Options that store the session cookie of the response. */
  readonly storeOptions: string;
  /** Suffix of a command that stores the cookie; may be empty. */
  readonly storeCommand: string;
}

/**
 * Uses the cookie jar of curl where it works: over plain http curl sends and stores a `Secure` cookie on `localhost`,
 * but not on its subdomains (docs/contract.md section 3).
 */
export function curlSession({ name, origin }: Pick<FrontendSettings, 'name' | 'origin'>): CurlSession {
  const { protocol, hostname } = new URL(origin);
  if (protocol === 'https:' || hostname === 'localhost') {
    const jar = `${name}-cookies.txt`;
    return { file: jar, sendOptions: `-b ${jar}`, storeOptions: `-c ${jar}`, storeCommand: '' };
  }
  const [headers, cookie] = [`${name}-headers.txt`, `${name}-cookie.txt`];
  const extractCookie = String.raw`s/^[Ss]et-[Cc]ookie: \(__Host-bff-session=[^;]*\).*/cookie: \1/p`;
  return {
    file: cookie,
    sendOptions: `-H @${cookie}`,
    storeOptions: `--fail-with-body -D ${headers}`,
    storeCommand: ` && sed -n '${extractCookie}' ${headers} > ${cookie}`,
  };
}
