import { isIP } from 'node:net';
import { type EnvironmentReader } from './environment-reader.js';

export interface Listener {
  readonly host: string;
  readonly port: number;
}

/** The listener for browsers. */
export interface PublicListener extends Listener {
  /** The file descriptor of a listening socket that is used instead of host and port; undefined for none. */
  readonly fd: number | undefined;
}

/** Maximum times for receiving a request, in milliseconds; a slower one is rejected with 408. */
export interface RequestTimeouts {
  /** Maximum time for the headers. */
  readonly headersMs: number;
  /** Maximum time for headers and body. */
  readonly wholeMs: number;
  /** Interval at which connections are checked. */
  readonly checkMs: number;
}

/** Not configurable by the environment. */
export const REQUEST_TIMEOUTS: RequestTimeouts = { headersMs: 10_000, wholeMs: 30_000, checkMs: 1_000 };

/** The first file descriptor that systemd passes (sd_listen_fds(3), SD_LISTEN_FDS_START). */
const FIRST_SOCKET = 3;

const HOST_NAME = /^[A-Za-z0-9.-]{1,253}$/;

/** Reads an IP address, with or without brackets, or a host name. */
export function readHost(reader: EnvironmentReader, name: string): string {
  const host = reader.text(name) ?? '127.0.0.1';
  const inBrackets = /^\[(.*)\]$/.exec(host)?.[1];
  if (inBrackets !== undefined && isIP(inBrackets) === 6) return inBrackets;
  if (isIP(host) === 0 && !HOST_NAME.test(host)) {
    reader.problems.push(`${name}: must be an IP address or a host name, without a port`);
  }
  // For `localhost` Fastify opens a second listener, to which our time-outs and drain do not apply.
  return host === 'localhost' ? '127.0.0.1' : host;
}

/**
 * Returns the listening socket that systemd passed to this process (sd_listen_fds(3)). It stays open while the service
 * restarts, so that no connection is refused or reset meanwhile.
 */
export function readPassedSocket(reader: EnvironmentReader): number | undefined {
  if (reader.text('LISTEN_PID') !== String(process.pid)) return undefined;
  if (reader.text('LISTEN_FDS') === '1') return FIRST_SOCKET;
  reader.problems.push('LISTEN_FDS: must be 1, the socket of the public listener');
  return undefined;
}
