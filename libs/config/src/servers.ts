import { type EnvironmentReader } from './environment-reader.js';

/** The environments of the upstream (docs/contract.md section 1). */
export const ENVIRONMENTS = ['production', 'staging', 'staging-dev'] as const;
export type Environment = (typeof ENVIRONMENTS)[number];

/** The kinds of upstream server: customer-facing, or internal with admin authorization. */
export const PLANES = ['public', 'admin'] as const;
export type Plane = (typeof PLANES)[number];

/** One of the six upstream servers. Calls to a server without a URL are rejected. */
export interface UpstreamServer {
  readonly name: string;
  readonly plane: Plane;
  readonly environment: Environment;
  readonly url: URL | null;
  readonly tokenUrl: URL | null;
}

export type Servers = Readonly<Record<Plane, Readonly<Record<Environment, UpstreamServer>>>>;

interface Defaults {
  /** The part of the variable's name between `SINCH_` and `_URL`. */
  readonly variable: string;
  readonly url: string;
  readonly tokenUrl?: string;
}

/**
 * The six documented hosts (docs/upstream.md section 2) and the one documented token URL
 * (docs/upstream.md section 3.3). They are the defaults of profile `production`; profile `development` has
 * none, so that it cannot call them by accident.
 */
const SERVER_DEFAULTS: Readonly<Record<Plane, Readonly<Record<Environment, Defaults>>>> = {
  public: {
    production: {
      variable: 'PRODUCTION',
      url: 'https://provisioning.api.sinch.com',
      tokenUrl: 'https://auth.sinch.com/oauth2/token',
    },
    staging: { variable: 'STAGING', url: 'https://provisioning-api.int.staging.sinch.com' },
    'staging-dev': { variable: 'STAGING_DEV', url: 'https://provisioning-api-dev.int.staging.sinch.com' },
  },
  admin: {
    production: { variable: 'ADMIN_PRODUCTION', url: 'https://provisioning-api.unauth.int.prod.sinch.com' },
    staging: { variable: 'ADMIN_STAGING', url: 'https://provisioning-api.unauth.int.staging.sinch.com' },
    'staging-dev': {
      variable: 'ADMIN_STAGING_DEV',
      url: 'https://provisioning-api-dev.unauth.int.staging.sinch.com',
    },
  },
};

/** Returns the name of a server in logs and metrics, such as `staging` or `admin-staging`. */
export function serverName(plane: Plane, environment: Environment): string {
  return plane === 'public' ? environment : `admin-${environment}`;
}

/** Reads the addresses of the six servers, `SINCH_…_URL` and `SINCH_…_TOKEN_URL`. */
export function readServers(reader: EnvironmentReader, development: boolean): Servers {
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
