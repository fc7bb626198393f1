import { type FrontendSettings } from '@bff/config';

/** How the commands of one frontend keep the session between two calls. */
export interface CurlSession {
  /** Where it is kept. */
  readonly file: string;
  /** Options that send the session. */
  readonly sendOptions: string;
  /** Options that keep the session of the answer. */
  readonly storeOptions: string;
  /** What must follow the command for that. */
  readonly storeCommand: string;
}

/**
 * curl sends and keeps a `Secure` cookie over plain http on `localhost` only, not below it
 * (docs/contract.md section 3).
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
