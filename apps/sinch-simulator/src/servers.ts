export const environments = ['production', 'staging', 'staging-dev'] as const;
export type Environment = (typeof environments)[number];

/**
 * Public servers accept the keys of a project, admin servers accept admin keys (docs/upstream.md sections 2 and 3.4).
 */
export type Plane = 'public' | 'admin';

export type ServerName = Environment | `admin-${Environment}`;

export interface SinchServer {
  /** Also the path prefix, in place of the host name of the upstream. */
  readonly name: ServerName;
  readonly environment: Environment;
  readonly plane: Plane;
}

export const servers: readonly SinchServer[] = [
  ...environments.map((environment) => ({ name: environment, environment, plane: 'public' }) as const),
  ...environments.map(
    (environment) => ({ name: `admin-${environment}`, environment, plane: 'admin' }) as const,
  ),
];

export const serverNames = servers.map(({ name }) => name);
