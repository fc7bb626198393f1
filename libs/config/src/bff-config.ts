import { BlockList, isIP } from 'node:net';
import { systemClocks, type Clock, type Clocks } from './clock.js';
import { ConfigurationError, EnvironmentReader, type EnvironmentVariables } from './environment-reader.js';
import { developmentFrontends, readFrontends, type FrontendSettings } from './frontend-settings.js';
import { LOG_ADDRESSES, type LogAddresses } from './log-addresses.js';
import { readCommonProvider } from './oidc-settings.js';
import { Secret } from './secret.js';
import {
  serverName,
  SERVER_DEFAULTS,
  type Environment,
  type Plane,
  type Servers,
  type UpstreamServer,
} from './servers.js';
import { findUnreadNames } from './unknown-names.js';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface Listener {
  readonly host: string;
  readonly port: number;
}

/** `pglite` with directory null keeps everything in memory. */
export type DatabaseSettings =
  | { readonly kind: 'pglite'; readonly directory: string | null }
  | { readonly kind: 'postgres'; readonly url: Secret };

/** 32 bytes that seal secrets at rest; the id stands in the header of what they sealed. */
export interface EncryptionKey {
  readonly id: string;
  readonly key: Secret<Buffer>;
}

/**
 * The whole configuration, typed and frozen; times in milliseconds. Every variable is described in
 * docs/contract.md section 8.
 */
export interface RequestTimeouts {
  /** For the headers. */
  readonly headersMs: number;
  /** For headers and body. */
  readonly wholeMs: number;
  /** How often connections are looked at. */
  readonly checkMs: number;
}

const REQUEST_TIMEOUTS: RequestTimeouts = { headersMs: 10_000, wholeMs: 30_000, checkMs: 1_000 };

export interface BffConfig {
  readonly profile: 'development' | 'production';
  readonly public: Listener;
  readonly management: Listener;
  /** How slowly a request may come before it is rejected with 408. Milliseconds; not set by the environment. */
  readonly requestTimeouts: RequestTimeouts;
  /** How long an idle connection of a browser or a load balancer is kept. */
  readonly keepAliveMs: number;
  /** How long requests are served after SIGTERM, before the listener closes. */
  readonly drainMs: number;
  readonly frontends: readonly FrontendSettings[];
  readonly database: DatabaseSettings;
  /** null: a generated key kept beside the data. */
  readonly encryptionKeys: readonly EncryptionKey[] | null;
  readonly servers: Servers;
  readonly upstreamTimeoutMs: number;
  /** Living sessions of one user on the frontends of one class; when one more begins, the oldest ends. */
  readonly sessionsPerUser: number;
  readonly trustedProxies: BlockList;
  readonly logLevel: LogLevel;
  /** How client addresses are kept in the log and in audit events. */
  readonly logAddresses: LogAddresses;
  /** What an operator should know of the environment, though it is valid. */
  readonly warnings: readonly string[];
  /** {@link Clocks.wall} */
  readonly clock: Clock;
  /** {@link Clocks.monotonic} */
  readonly monotonic: Clock;
}

const HOST_NAME = /^[A-Za-z0-9.-]{1,253}$/;

const NOT_SUPPORTED = 'is not supported yet; leave it unset';

/**
 * Reads and judges the environment.
 * @throws ConfigurationError with every problem at once
 */
export function loadConfig(variables: EnvironmentVariables, clocks: Clocks = systemClocks): BffConfig {
  const reader = new EnvironmentReader(variables);
  const profile = reader.oneOf('BFF_PROFILE', ['development', 'production'], 'development');
  const development = profile === 'development';
  const port = reader.integer('BFF_PORT', 3000, 0, 65_535);
  reader.refuse('REDIS_URL', NOT_SUPPORTED);
  const config: Omit<BffConfig, 'warnings'> = {
    profile,
    public: { host: readHost(reader, 'BFF_HOST'), port },
    management: {
      host: readHost(reader, 'BFF_MANAGEMENT_HOST'),
      port: reader.integer('BFF_MANAGEMENT_PORT', 3001, 0, 65_535),
    },
    keepAliveMs: reader.integer('BFF_KEEP_ALIVE_SECONDS', 75, 5, 3_600) * 1_000,
    requestTimeouts: REQUEST_TIMEOUTS,
    drainMs: reader.integer('BFF_DRAIN_SECONDS', 5, 0, 60) * 1_000,
    frontends: readFrontends(
      reader,
      development ? developmentFrontends(port) : null,
      development,
      readCommonProvider(reader, development),
    ),
    database: readDatabase(reader, development),
    encryptionKeys: readEncryptionKeys(reader, development),
    servers: readServers(reader, development),
    upstreamTimeoutMs: reader.integer('SINCH_TIMEOUT_MS', 10_000, 1, 600_000),
    sessionsPerUser: reader.integer('BFF_SESSIONS_PER_USER', 100, 1, 1_000),
    trustedProxies: readTrustedProxies(reader),
    logLevel: reader.oneOf('LOG_LEVEL', LOG_LEVELS, 'info'),
    logAddresses: reader.oneOf('BFF_LOG_ADDRESSES', LOG_ADDRESSES, 'full'),
    clock: clocks.wall,
    monotonic: clocks.monotonic,
  };
  const { unknown, unread } = findUnreadNames(variables, reader.read);
  if (!development) reader.problems.push(...unknown);
  if (reader.problems.length > 0) throw new ConfigurationError(reader.problems);
  return Object.freeze({ ...config, warnings: development ? [...unknown, ...unread] : unread });
}

/** An address, in brackets or bare, or a host name. */
function readHost(reader: EnvironmentReader, name: string): string {
  const host = reader.text(name) ?? '127.0.0.1';
  const inBrackets = /^\[(.*)\]$/.exec(host)?.[1];
  if (inBrackets !== undefined && isIP(inBrackets) === 6) return inBrackets;
  if (isIP(host) === 0 && !HOST_NAME.test(host)) {
    reader.problems.push(`${name}: must be an IP address or a host name, without a port`);
  }
  // For `localhost` Fastify opens a second listener, which has neither time-outs nor a drain of ours.
  return host === 'localhost' ? '127.0.0.1' : host;
}

function readDatabase(reader: EnvironmentReader, development: boolean): DatabaseSettings {
  const value = reader.text('DATABASE_URL');
  if (value === undefined && !development) reader.problems.push('DATABASE_URL: must be set');
  const text = value ?? 'pglite:.data/directory';
  if (/^postgres(ql)?:\/\//.test(text) && URL.canParse(text))
    return { kind: 'postgres', url: new Secret(text) };
  if (value !== undefined && !development) {
    reader.problems.push('DATABASE_URL: must be a postgres:// address in profile production');
  } else if (!/^pglite:./.test(text)) {
    reader.problems.push('DATABASE_URL: must be postgres://…, pglite:<directory> or pglite:memory');
  }
  const directory = text.slice('pglite:'.length);
  return { kind: 'pglite', directory: directory === 'memory' ? null : directory };
}

function readEncryptionKeys(
  reader: EnvironmentReader,
  development: boolean,
): readonly EncryptionKey[] | null {
  const text = reader.text('BFF_ENCRYPTION_KEYS');
  if (text === undefined) {
    if (!development) reader.problems.push('BFF_ENCRYPTION_KEYS: must be set');
    return null;
  }
  const seen = new Set<string>();
  return text.split(',').map((entry, index) => {
    const [, id = '', encoded = ''] =
      /^\s*([A-Za-z0-9_-]{1,64}):([A-Za-z0-9+/_-]+={0,2})\s*$/.exec(entry) ?? [];
    const key = Buffer.from(encoded, 'base64');
    const place = `BFF_ENCRYPTION_KEYS[${index}]`;
    if (id === '') reader.problems.push(`${place}: must be id:base64`);
    else if (key.length !== 32)
      reader.problems.push(`${place}: must be 32 bytes in base64, has ${key.length}`);
    else if (new Set(key).size < 8) reader.problems.push(`${place}: is not random`);
    if (id !== '' && seen.has(id)) reader.problems.push(`${place}: the id ${id} is repeated`);
    seen.add(id);
    return { id, key: new Secret(key) };
  });
}

function readServers(reader: EnvironmentReader, development: boolean): Servers {
  const server = (plane: Plane, environment: Environment): UpstreamServer => {
    const defaults = SERVER_DEFAULTS[plane][environment];
    const url = (suffix: string, fallback: string | undefined): URL | null =>
      readServerUrl(
        reader,
        `SINCH_${defaults.variable}_${suffix}`,
        development ? undefined : fallback,
        development,
      );
    return Object.freeze({
      name: serverName(plane, environment),
      plane,
      environment,
      url: url('URL', defaults.url),
      tokenUrl: url('TOKEN_URL', defaults.tokenUrl),
    });
  };
  const plane = (name: Plane): Servers[Plane] => ({
    production: server(name, 'production'),
    staging: server(name, 'staging'),
    'staging-dev': server(name, 'staging-dev'),
  });
  return { public: plane('public'), admin: plane('admin') };
}

function readServerUrl(
  reader: EnvironmentReader,
  name: string,
  fallback: string | undefined,
  development: boolean,
): URL | null {
  const text = reader.text(name) ?? fallback;
  if (text === undefined) return null;
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    reader.problems.push(`${name}: must be an absolute http address`);
  } else if (url.protocol !== 'https:' && !development) {
    reader.problems.push(`${name}: must be https in profile production`);
  } else if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    reader.problems.push(`${name}: must have neither credentials, query nor fragment`);
  }
  return url;
}

function readTrustedProxies(reader: EnvironmentReader): BlockList {
  const list = new BlockList();
  for (const range of (reader.text('BFF_TRUSTED_PROXIES') ?? '').split(',').map((entry) => entry.trim())) {
    if (range === '') continue;
    const [address = '', prefix] = range.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    const bits = family === 'ipv6' ? 128 : 32;
    const length = prefix === undefined ? bits : Number(/^\d{1,3}$/.test(prefix) ? prefix : NaN);
    if (isIP(address) === 0 || !(length <= bits)) {
      reader.problems.push(`BFF_TRUSTED_PROXIES: ${range} is not a CIDR range`);
    } else if (containsEveryAddress(address, length, family)) {
      reader.problems.push(
        `BFF_TRUSTED_PROXIES: ${range} contains every address, so that any client could forge its own with ` +
          'X-Forwarded-For; list only the ranges of the proxies',
      );
    } else list.addSubnet(address, length, family);
  }
  return list;
}

/** Whether a range contains the first and the last address of IPv4 (IPv4-mapped IPv6 included) or of IPv6. */
function containsEveryAddress(address: string, prefix: number, family: 'ipv4' | 'ipv6'): boolean {
  const range = new BlockList();
  range.addSubnet(address, prefix, family);
  const [ipv4Ends, ipv6Ends] = [
    ['::ffff:0.0.0.0', '::ffff:255.255.255.255'],
    ['::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ];
  return [ipv4Ends, ipv6Ends].some((ends) => ends?.every((end) => range.check(end, 'ipv6')));
}
