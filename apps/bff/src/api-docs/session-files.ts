import { type FrontendSettings } from '@bff/config';

/** How the commands of one frontend keep the session between two calls. */
export interface SessionFiles {
  /** Where it is kept. */
  readonly file: string;
  /** Options that send the session. */
  readonly send: string;
  /** Options that keep the session of the answer. */
  readonly keep: string;
  /** What must follow the command for that. */
  readonly afterwards: string;
}

/**
 * curl sends and keeps a `Secure` cookie over plain http on `localhost` only, not below it
 * (docs/contract.md section 3).
 */
export function sessionFiles({ name, origin }: Pick<FrontendSettings, 'name' | 'origin'>): SessionFiles {
  const { protocol, hostname } = new URL(origin);
  if (protocol === 'https:' || hostname === 'localhost') {
    const jar = `${name}-cookies.txt`;
    return { file: jar, send: `-b ${jar}`, keep: `-c ${jar}`, afterwards: '' };
  }
  const [headers, cookie] = [`${name}-headers.txt`, `${name}-cookie.txt`];
  const pick = String.raw`s/^[Ss]et-[Cc]ookie: \(__Host-bff-session=[^;]*\).*/cookie: \1/p`;
  return {
    file: cookie,
    send: `-H @${cookie}`,
    keep: `--fail-with-body -D ${headers}`,
    afterwards: ` && sed -n '${pick}' ${headers} > ${cookie}`,
  };
}
