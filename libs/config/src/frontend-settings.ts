import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { type EnvironmentReader } from './environment-reader.js';
import { readFrontendProvider, type OidcSettings } from './oidc-settings.js';
import { siteOf } from './site.js';

export const FRONTEND_CLASSES = ['internal', 'partner', 'admin'] as const;
export type FrontendClass = (typeof FRONTEND_CLASSES)[number];

/**
 * A web application allowed to use the service (docs/contract.md sections 1 and 8). Times in milliseconds.
 */
export interface FrontendSettings {
  readonly name: string;
  readonly class: FrontendClass;
  readonly origin: string;
  /** `origin` and the other origins that may send cross-origin requests. */
  readonly origins: ReadonlySet<string>;
  /** The reachable tenants; null for all. */
  readonly tenants: ReadonlySet<string> | null;
  readonly idleMs: number;
  readonly absoluteMs: number;
  readonly elevationMs: number;
  /** The OpenID provider for sign-in; null without one. */
  readonly oidc: OidcSettings | null;
}

const MINUTE_MS = 60_000;

/** Defined in docs/contract.md section 4, "Session lifetimes". */
const MAX_ELEVATION_MINUTES = 15;

/** Session lifetimes in minutes by class (docs/contract.md section 4). */
const DEFAULT_MINUTES: Readonly<
  Record<FrontendClass, { idle: number; absolute: number; elevation: number }>
> = {
  internal: { idle: 30, absolute: 720, elevation: 15 },
  partner: { idle: 15, absolute: 480, elevation: 15 },
  admin: { idle: 15, absolute: 480, elevation: 15 },
};

const MEMBERS = new Set([
  'name',
  'class',
  'origin',
  'origins',
  'tenants',
  'oidc',
  'idleMinutes',
  'absoluteMinutes',
  'elevationMinutes',
]);

/** The default origin of the Vite development server. */
const VITE_ORIGIN = 'http://localhost:5173';

export function developmentFrontends(port: number): readonly unknown[] {
  return [
    { name: 'console', class: 'internal', origin: `http://localhost:${port}`, origins: [VITE_ORIGIN] },
    { name: 'partners', class: 'partner', origin: `http://partner.localhost:${port}` },
    { name: 'admin', class: 'admin', origin: `http://admin.localhost:${port}` },
  ];
}

/** Reads `BFF_FRONTENDS`: JSON, YAML, or the path of a file with either. */
export function readFrontends(
  reader: EnvironmentReader,
  fallback: readonly unknown[] | null,
  plainHttpAnywhere: boolean,
  commonProvider: OidcSettings | null,
): readonly FrontendSettings[] {
  const text = reader.text('BFF_FRONTENDS');
  const problem = (sentence: string): void => void reader.problems.push(`BFF_FRONTENDS${sentence}`);
  let list: unknown = fallback;
  if (text !== undefined) {
    try {
      list = parse(/^\s*[[{-]|\n/.test(text) ? text : readFileSync(text, 'utf8'));
    } catch {
      problem(': is neither JSON, YAML nor a readable file with either');
      return [];
    }
  }
  if (list === null) {
    problem(': must be set');
    return [];
  }
  if (!Array.isArray(list) || list.length === 0) {
    problem(': must be a list with at least one frontend');
    return [];
  }
  const frontends = list.flatMap((entry: unknown, index) => {
    const ofEntry = (sentence: string): void => problem(`[${index}]${sentence}`);
    const frontend = readFrontend(entry, ofEntry, plainHttpAnywhere);
    if (frontend === null) return [];
    const { oidc } = entry as { readonly oidc?: unknown };
    const provider =
      oidc === undefined ? commonProvider : readFrontendProvider(reader, oidc, ofEntry, plainHttpAnywhere);
    return [Object.freeze({ ...frontend, oidc: provider })];
  });
  for (const name of repeated(frontends.map((frontend) => frontend.name))) {
    problem(`: the name ${name} appears more than once`);
  }
  // Cookies ignore ports and `Host` has no scheme, so only the host name distinguishes two frontends.
  const hosts = frontends.flatMap(({ origin }) => (origin === '' ? [] : new URL(origin).hostname));
  for (const host of repeated(hosts)) {
    problem(
      `: the host name ${host} appears more than once; each frontend needs a unique one, regardless of the port`,
    );
  }
  return frontends;
}

function repeated(values: readonly string[]): readonly string[] {
  return values.filter((value, index) => values.indexOf(value) < index);
}

function readFrontend(
  entry: unknown,
  problem: (sentence: string) => void,
  plainHttpAnywhere: boolean,
): Omit<FrontendSettings, 'oidc'> | null {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    problem(': must be an object');
    return null;
  }
  const values = entry as Record<string, unknown>;
  for (const member of Object.keys(values)) {
    if (!MEMBERS.has(member)) problem(`.${member}: is not a known member`);
  }
  const { name } = values;
  if (typeof name !== 'string' || !/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/.test(name)) {
    problem('.name: must be 1 to 63 letters, digits, _ or -');
  }
  const frontendClass = FRONTEND_CLASSES.find((candidate) => candidate === values['class']);
  if (frontendClass === undefined) problem(`.class: must be one of ${FRONTEND_CLASSES.join(', ')}`);
  const origin = readOrigin(values['origin'], '.origin', problem, plainHttpAnywhere);
  const origins = readList(values['origins'], '.origins', problem).map((value, index) => {
    const member = `.origins[${index}]`;
    const listed = readOrigin(value, member, problem, plainHttpAnywhere);
    if (origin !== '' && listed !== '' && siteOf(listed) !== siteOf(origin)) {
      problem(
        `${member}: ${listed} is cross-site to ${origin}; browsers withhold the SameSite=Strict session cookie ` +
          'from its requests. Use the same scheme and a host under the same registrable domain',
      );
    }
    return listed;
  });
  const tenants = readList(values['tenants'], '.tenants', problem);
  tenants.forEach((tenant, index) => {
    if (typeof tenant !== 'string' || !/^[a-z0-9-]{1,63}$/.test(tenant)) {
      problem(`.tenants[${index}]: must be a tenant id, [a-z0-9-]{1,63}`);
    }
  });
  const defaults = DEFAULT_MINUTES[frontendClass ?? 'internal'];
  const milliseconds = (member: string, minutes: number): number =>
    readMinutes(values[member] ?? minutes, `.${member}`, problem) * MINUTE_MS;
  const elevationMs = milliseconds('elevationMinutes', defaults.elevation);
  if (elevationMs > MAX_ELEVATION_MINUTES * MINUTE_MS) {
    problem(`.elevationMinutes: must be at most ${MAX_ELEVATION_MINUTES}`);
  }
  return {
    name: typeof name === 'string' ? name : '',
    class: frontendClass ?? 'internal',
    origin,
    origins: new Set([origin, ...origins]),
    tenants: values['tenants'] === undefined ? null : new Set(tenants.map(String)),
    idleMs: milliseconds('idleMinutes', defaults.idle),
    absoluteMs: milliseconds('absoluteMinutes', defaults.absolute),
    elevationMs,
  };
}

function readList(value: unknown, member: string, problem: (sentence: string) => void): readonly unknown[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value;
  problem(`${member}: must be a list`);
  return [];
}

/** Reads an origin: scheme, host and port, in the format of the `Origin` header. */
function readOrigin(
  value: unknown,
  member: string,
  problem: (sentence: string) => void,
  plainHttpAnywhere: boolean,
): string {
  const url = typeof value === 'string' ? URL.parse(value) : null;
  if (url === null || url.origin !== value || !/^https?:$/.test(url.protocol) || value.includes('*')) {
    problem(
      `${member}: must be an origin such as https://console.example.com, without path, wildcard or default port`,
    );
    return '';
  }
  if (url.protocol === 'http:' && !plainHttpAnywhere && !isLoopback(url.hostname)) {
    problem(`${member}: must be https, or the session cookie, which is Secure, never reaches the browser`);
  }
  return url.origin;
}

function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' || hostname.endsWith('.localhost') || /^(127(\.\d+){3}|\[::1\])$/.test(hostname)
  );
}

function readMinutes(value: unknown, member: string, problem: (sentence: string) => void): number {
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
  problem(`${member}: must be a number of minutes above 0`);
  return 1;
}
