import { type ApplyOptions } from '@bff/directory';
import 'reflect-metadata';
import { type AddressInfo } from 'node:net';
import { type BffConfig, loadConfig } from '@bff/config';
import { DatabaseConnection, Directory, users } from '@bff/database';
import { emailKey } from '@bff/identity';
import { createApp } from '../../apps/bff/src/create-app.js';
import { type CommandResponse, OperatorCommands } from '../../apps/bff/src/cli/operator-commands.js';
import { eq } from 'drizzle-orm';
import { Browser } from './browser.js';
import { type SixUpstreams, startSixUpstreams } from './six-upstreams.js';
import { copyOf, TEST_KEYS } from './test-database.js';
import { the } from './the.js';

/** The frontends of the tests; `app.bff.test` may call the partner frontend across origins. */
export const frontends = {
  console: { name: 'console', class: 'internal', origin: 'https://console.bff.test' },
  partners: {
    name: 'partners',
    class: 'partner',
    origin: 'https://partners.bff.test',
    origins: ['https://app.bff.test'],
  },
  admin: { name: 'admin', class: 'admin', origin: 'https://admin.bff.test' },
  /** Serves only acme. */
  narrow: { name: 'narrow', class: 'internal', origin: 'http://narrow.bff.test:8080', tenants: ['acme'] },
} as const;

export type FrontendName = keyof typeof frontends;

export interface StartOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** Directory file that is applied at start; default: `the.directory`. */
  readonly directory?: object;
  /** Replaces the timeouts of production. */
  readonly requestTimeouts?: BffConfig['requestTimeouts'];
  /** Whether passwords are hashed at the cost of production, which takes a third of the CPU of a test run. */
  readonly hashesAtFullCost?: boolean;
  /**
   * Whether calls are held back as in production: by circuits, after a 429, and to the rate of the token endpoint. On a clock that
   * stands still, one failure would otherwise hold back the calls of all tests after it.
   */
  readonly limitsUpstreamCalls?: boolean;
  /** The OpenID providers of frontends. */
  readonly oidc?: Readonly<Partial<Record<FrontendName, object>>>;
}

/** The lowest cost that Argon2 accepts. */
const CHEAP_HASHING: BffConfig['passwordHashing'] = { memoryCost: 8, timeCost: 1, parallelism: 1 };

const NO_UPSTREAM_LIMITS: BffConfig['upstreamLimits'] = {
  ...{ minFailures: Infinity, maxRefusalMs: 0 },
  ...{ tokenBurst: Infinity, tokensPerSecond: 10 },
};

/** The application with six recording upstreams, its own directory and a clock that only tests advance. */
export interface Bff {
  readonly port: number;
  readonly sinch: SixUpstreams;
  /** A new browser without cookies. */
  browser(frontend?: FrontendName): Browser;
  signedIn(
    user: { readonly email: string; readonly password: string },
    frontend?: FrontendName,
  ): Promise<Browser>;
  /** Applies records to the directory; they are in effect when the promise resolves. */
  apply(document: object, options?: Partial<ApplyOptions>): Promise<CommandResponse<'apply'>>;
  /** Executes a command of the operator. */
  readonly operate: OperatorCommands['execute'];
  /** Disables a user, which a directory file cannot express. */
  disable(email: string): Promise<void>;
  /** Advances the monotonic and the wall clock. */
  turnClock(milliseconds: number): void;
  /** Moves the wall clock without the monotonic clock, like an operator who sets it. */
  stepWallClock(milliseconds: number): void;
  /** Executes a statement in the database of the directory, past the service. */
  sql(statement: string): Promise<void>;
  /** The rows of a query in the database of the directory. */
  query(statement: string): Promise<readonly unknown[]>;
  /** Whether the service considers its database reachable. */
  isDirectoryReachable(): boolean;
  /** Time of the service, milliseconds since the epoch. */
  now(): number;
  close(): Promise<void>;
}

export async function startBff({
  environment = {},
  directory = the.directory,
  oidc = {},
  requestTimeouts,
  hashesAtFullCost = false,
  limitsUpstreamCalls = false,
}: StartOptions = {}): Promise<Bff> {
  const sinch = await startSixUpstreams();
  const isSeeded =
    directory === the.directory && environment['BFF_ENCRYPTION_KEYS'] === undefined && !hashesAtFullCost;
  const isElsewhere = environment['DATABASE_URL'] !== undefined;
  const database = isElsewhere ? null : await copyOf(isSeeded ? 'seeded' : 'migrated');
  let uptime = 0;
  let started = Date.now();
  const now = (): number => started + uptime;
  const config = loadConfig(
    {
      BFF_FRONTENDS: JSON.stringify(
        Object.values(frontends).map((frontend) => ({
          ...frontend,
          ...(oidc[frontend.name] && { oidc: oidc[frontend.name] }),
        })),
      ),
      DATABASE_URL: database?.url,
      BFF_ENCRYPTION_KEYS: TEST_KEYS,
      LOG_LEVEL: 'silent',
      ...sinch.environment(),
      ...environment,
    },
    { wall: now, monotonic: () => uptime },
  );
  const app = await createApp({
    ...config,
    ...(requestTimeouts && { requestTimeouts }),
    ...(!hashesAtFullCost && { passwordHashing: CHEAP_HASHING }),
    ...(!limitsUpstreamCalls && { upstreamLimits: NO_UPSTREAM_LIMITS }),
  });
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  const commands = app.get(OperatorCommands);
  const browsers: Browser[] = [];
  const browser = (frontend: FrontendName = 'console'): Browser => {
    const { origin } = frontends[frontend];
    const made = new Browser({ port, host: new URL(origin).host, origin });
    browsers.push(made);
    return made;
  };
  const apply = (document: object, options: Partial<ApplyOptions> = {}): Promise<CommandResponse<'apply'>> =>
    commands.execute('apply', {
      document,
      options: { dryRun: false, prune: false, ifEmpty: false, ...options },
    });
  const answer = database !== null && isSeeded ? null : await apply(directory);
  if (answer !== null && !('result' in answer))
    throw new Error(`The directory of the test was rejected: ${JSON.stringify(answer)}`);
  return {
    port,
    sinch,
    browser,
    signedIn: async (user, frontend) => {
      const made = browser(frontend);
      await made.signIn(user);
      return made;
    },
    apply,
    operate: (command, input) => commands.execute(command, input),
    disable: (email) =>
      app.get(Directory).change(async (orm) => {
        await orm
          .update(users)
          .set({ disabled: true })
          .where(eq(users.emailKey, emailKey(email)));
      }),
    turnClock: (milliseconds) => {
      uptime += milliseconds;
    },
    stepWallClock: (milliseconds) => {
      started += milliseconds;
    },
    sql: async (statement) => {
      await app.get(DatabaseConnection).orm.execute(statement);
    },
    query: async (statement) => {
      const result: unknown = await app.get(DatabaseConnection).orm.execute(statement);
      return (result as { readonly rows: readonly unknown[] }).rows;
    },
    isDirectoryReachable: () => app.get(Directory).isReachable(),
    now,
    close: async () => {
      for (const made of browsers) made.close();
      await app.close();
      await sinch.close();
      await database?.drop();
    },
  };
}
