import { isIP } from 'node:net';
import { type EnvironmentReader } from './environment-reader.js';

export interface Listener {
  readonly host: string;
  readonly port: number;
}

/** How slowly a request may arrive before it is rejected with 408. Milliseconds. */
export interface RequestTimeouts {
  /** For the headers. */
  readonly headersMs: number;
  /** For headers and body. */
  readonly wholeMs: number;
  /** How often connections are looked at. */
  readonly checkMs: number;
}

/** Not set by the environment. */
export const REQUEST_TIMEOUTS: RequestTimeouts = { headersMs: 10_000, wholeMs: 30_000, checkMs: 1_000 };

const HOST_NAME = /^[A-Za-z0-9.-]{1,253}$/;

/** An address, in brackets or bare, or a host name. */
export function readHost(reader: EnvironmentReader, name: string): string {
  const host = reader.text(name) ?? '127.0.0.1';
  const inBrackets = /^\[(.*)\]$/.exec(host)?.[1];
  if (inBrackets !== undefined && isIP(inBrackets) === 6) return inBrackets;
  if (isIP(host) === 0 && !HOST_NAME.test(host)) {
    reader.problems.push(`${name}: must be an IP address or a host name, without a port`);
  }
  // For `localhost` Fastify opens a second listener, which has neither time-outs nor a drain of ours.
  return host === 'localhost' ? '127.0.0.1' : host;
}
