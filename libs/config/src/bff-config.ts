import { type BlockList } from 'node:net';
import { systemClocks, type Clock, type Clocks } from './clock.js';
import { readDatabase, type DatabaseSettings } from './database-settings.js';
import { readEncryptionKeys, type EncryptionKey } from './encryption-keys.js';
import { ConfigurationError, EnvironmentReader, type EnvironmentVariables } from './environment-reader.js';
import { developmentFrontends, readFrontends, type FrontendSettings } from './frontend-settings.js';
import {
  readHost,
  readPassedSocket,
  REQUEST_TIMEOUTS,
  type Listener,
  type PublicListener,
  type RequestTimeouts,
} from './listener.js';
import { LOG_ADDRESSES, type LogAddresses } from './log-addresses.js';
import { readCommonProvider } from './oidc-settings.js';
import { PASSWORD_HASHING, type PasswordHashing } from './password-hashing.js';
import { readRedis, type RedisSettings } from './redis-settings.js';
import { readServers, type Servers } from './servers.js';
import { readTrustedProxies } from './trusted-proxies.js';
import { findUnreadNames } from './unknown-names.js';
import { UPSTREAM_LIMITS, type UpstreamLimits } from './upstream-limits.js';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * The complete configuration, typed and frozen. Times are in milliseconds. docs/contract.md section 8
 * describes the variables.
 */
export interface BffConfig {
  readonly profile: 'development' | 'production';
  readonly public: PublicListener;
  readonly management: Listener;
  readonly requestTimeouts: RequestTimeouts;
  /** Cost parameters of new password hashes; not configurable by the environment. */
  readonly passwordHashing: PasswordHashing;
  /** Time after which an idle connection of a browser or a load balancer is closed. */
  readonly keepAliveMs: number;
  /** Time during which requests are still served after SIGTERM, before the listener closes. */
  readonly drainMs: number;
  readonly frontends: readonly FrontendSettings[];
  readonly database: DatabaseSettings;
  /** False: the schema of the database is migrated by `bff migrate` only. */
  readonly migrateOnStart: boolean;
  /** Null if expiring state, such as sessions, is stored in this process. */
  readonly redis: RedisSettings | null;
  /** Null if a generated key is stored next to the data. */
  readonly encryptionKeys: readonly EncryptionKey[] | null;
  readonly servers: Servers;
  readonly upstreamTimeoutMs: number;
  readonly upstreamLimits: UpstreamLimits;
  /** The number of nodes that share the rate limit of the token endpoints. */
  readonly nodes: number;
  /**
   * Maximum number of live sessions of one user on the frontends of one class; a further one ends the oldest.
   */
  readonly sessionsPerUser: number;
  readonly trustedProxies: BlockList;
  readonly logLevel: LogLevel;
  /** The form in which client addresses are stored in the log and in audit events. */
  readonly logAddresses: LogAddresses;
  /** Warnings about a valid environment, for the operator. */
  readonly warnings: readonly string[];
  /** {@link Clocks.wall} */
  readonly clock: Clock;
  /** {@link Clocks.monotonic} */
  readonly monotonic: Clock;
}

/**
 * Reads and validates the environment.
 * @throws ConfigurationError with all problems
 */
export function loadConfig(variables: EnvironmentVariables, clocks: Clocks = systemClocks): BffConfig {
  const reader = new EnvironmentReader(variables);
  const profile = reader.oneOf('BFF_PROFILE', ['development', 'production'], 'development');
  const development = profile === 'development';
  const port = reader.integer('BFF_PORT', 3000, 0, 65_535);
  const config: Omit<BffConfig, 'warnings'> = {
    profile,
    public: { host: readHost(reader, 'BFF_HOST'), port, fd: readPassedSocket(reader) },
    management: {
      host: readHost(reader, 'BFF_MANAGEMENT_HOST'),
      port: reader.integer('BFF_MANAGEMENT_PORT', 3001, 0, 65_535),
    },
    keepAliveMs: reader.integer('BFF_KEEP_ALIVE_SECONDS', 75, 5, 3_600) * 1_000,
    requestTimeouts: REQUEST_TIMEOUTS,
    passwordHashing: PASSWORD_HASHING,
    drainMs: reader.integer('BFF_DRAIN_SECONDS', 5, 0, 60) * 1_000,
    frontends: readFrontends(
      reader,
      development ? developmentFrontends(port) : null,
      development,
      readCommonProvider(reader, development),
    ),
    database: readDatabase(reader, development),
    migrateOnStart: reader.oneOf('BFF_MIGRATE_ON_START', ['true', 'false'], 'true') === 'true',
    redis: readRedis(reader, development),
    encryptionKeys: readEncryptionKeys(reader, development),
    servers: readServers(reader, development),
    upstreamTimeoutMs: reader.integer('SINCH_TIMEOUT_MS', 10_000, 1, 600_000),
    upstreamLimits: UPSTREAM_LIMITS,
    nodes: reader.integer('BFF_NODES', 1, 1, 1_000),
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
