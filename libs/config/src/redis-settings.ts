import { readFileSync } from 'node:fs';
import { type EnvironmentReader } from './environment-reader.js';
import { Secret } from './secret.js';

const DEFAULT_PORT = 6379;
const DEFAULT_SENTINEL_PORT = 26_379;

export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

/** The shared store of sessions (Redis or Valkey). */
export interface RedisSettings {
  /** The server, unless {@link sentinels} name the current one. */
  readonly server: HostAndPort;
  /** Sentinels that know the current master; null without Sentinel. */
  readonly sentinels: { readonly addresses: readonly HostAndPort[]; readonly master: string } | null;
  /** User of the access control list; null for the default user. */
  readonly username: string | null;
  readonly password: Secret | null;
  readonly database: number;
  /** Null without TLS; `ca` is a PEM file's content that replaces the public certification authorities. */
  readonly tls: { readonly ca: string | null } | null;
}

/**
 * Reads `REDIS_URL`, `REDIS_SENTINELS` and `REDIS_SENTINEL_MASTER`.
 * @returns null if sessions are stored in this process
 */
export function readRedis(reader: EnvironmentReader, development: boolean): RedisSettings | null {
  const text = reader.text('REDIS_URL');
  const sentinels = readSentinels(reader);
  if (text === undefined) {
    if (!development) reader.mustBeSet('REDIS_URL');
    else if (sentinels !== null) reader.problems.push('REDIS_SENTINELS: needs REDIS_URL for the credentials');
    return null;
  }
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^rediss?:$/.test(url.protocol) || url.hostname === '') {
    reader.problems.push('REDIS_URL: must be redis://… or rediss://… with one host');
    return null;
  }
  const path = /^\/?(\d{0,4})$/.exec(url.pathname);
  if (path === null) reader.problems.push('REDIS_URL: the path must be the number of a database');
  return {
    server: { host: hostOf(url), port: Number(url.port || DEFAULT_PORT) },
    sentinels,
    username: decodeURIComponent(url.username) || null,
    password: url.password === '' ? null : new Secret(decodeURIComponent(url.password)),
    database: Number(path?.[1] ?? 0),
    tls: readTls(reader, url),
  };
}

function readTls(reader: EnvironmentReader, url: URL): RedisSettings['tls'] {
  const unknown = [...url.searchParams.keys()].filter((name) => name !== 'ssl_ca_certs');
  if (unknown.length > 0) reader.problems.push('REDIS_URL: the only parameter is ssl_ca_certs');
  const file = url.searchParams.get('ssl_ca_certs');
  if (url.protocol === 'redis:') {
    if (file !== null) reader.problems.push('REDIS_URL: ssl_ca_certs needs rediss://');
    return null;
  }
  if (file === null) return { ca: null };
  try {
    return { ca: readFileSync(file, 'utf8') };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    reader.problems.push(`REDIS_URL: the file of ssl_ca_certs cannot be read (${code})`);
    return { ca: null };
  }
}

function readSentinels(reader: EnvironmentReader): RedisSettings['sentinels'] {
  const list = reader.text('REDIS_SENTINELS');
  const master = reader.text('REDIS_SENTINEL_MASTER');
  if (list === undefined && master === undefined) return null;
  if (list === undefined || master === undefined) {
    reader.problems.push('REDIS_SENTINELS and REDIS_SENTINEL_MASTER: must be set together');
    return null;
  }
  const addresses = list.split(',').map((part) => addressOf(part.trim()));
  if (addresses.some((address) => address === null))
    reader.problems.push('REDIS_SENTINELS: must be host:port,host:port');
  return { addresses: addresses.filter((address) => address !== null), master };
}

function addressOf(text: string): HostAndPort | null {
  const url = URL.canParse(`redis://${text}`) ? new URL(`redis://${text}`) : null;
  if (url === null || url.hostname === '' || url.host !== text.toLowerCase()) return null;
  return { host: hostOf(url), port: Number(url.port || DEFAULT_SENTINEL_PORT) };
}

/** IPv6 addresses are without brackets. */
function hostOf(url: URL): string {
  return decodeURIComponent(url.hostname).replace(/^\[|\]$/g, '');
}
