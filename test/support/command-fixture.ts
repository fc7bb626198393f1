import { loadConfig } from '@bff/config';
import { expect } from '@jest/globals';
import { type Service, startService } from '../../apps/bff/src/service.js';
import { type Answer, Browser } from './browser.js';
import { type Outcome, runCommand } from './run-command.js';
import { type SixUpstreams, startSixUpstreams } from './six-upstreams.js';
import { type FrontendName, frontends } from './start-bff.js';
import { TEST_KEYS, type TestDatabase } from './test-database.js';

export const firstOf = ({ lines }: Outcome): Record<string, unknown> =>
  JSON.parse(lines[0] ?? '') as Record<string, unknown>;

export const tenantOptions = (id: string): string[] => [
  ...['--name', `The ${id}`, '--project-id', `p-${id}`],
  ...['--environment', 'production', '--plane', 'public'],
];

type Refusal = readonly [what: string, args: readonly string[], code: number, error: RegExp, input?: string];

/** Gives all rows the same length, because Jest would use a parameter without a value as its `done`. */
export const withInput = (refusals: readonly Refusal[]): Required<Refusal>[] =>
  refusals.map(([what, args, code, error, input = '']) => [what, args, code, error, input]);

/** Runs commands on one directory, in this process or in a service that runs on the same directory. */
export class CommandFixture {
  /** Every line that a command has printed. */
  readonly output: string[] = [];
  private readonly browsers: Browser[] = [];

  private constructor(
    readonly sinch: SixUpstreams,
    private readonly database: TestDatabase,
    private readonly service: Service | undefined,
  ) {}

  static async open(database: TestDatabase, withService: boolean): Promise<CommandFixture> {
    const sinch = await startSixUpstreams();
    const config = loadConfig(environmentOf(sinch, database));
    return new CommandFixture(sinch, database, withService ? await startService(config) : undefined);
  }

  async close(): Promise<void> {
    await this.service?.close();
    await this.database.drop();
    await this.sinch.close();
  }

  endTest(): void {
    this.closeBrowsers();
    this.sinch.reset();
  }

  async bff(args: readonly string[], input?: string): Promise<Outcome> {
    const outcome = await runCommand(args, {
      environment: environmentOf(this.sinch, this.database),
      ...(input !== undefined && { input }),
    });
    this.output.push(...outcome.lines, outcome.error);
    return outcome;
  }

  /** Expects success. @returns the record of the first line */
  async record(args: readonly string[], input?: string): Promise<Record<string, unknown>> {
    const outcome = await this.bff(args, input);
    expect([outcome.code, outcome.error]).toEqual([0, '']);
    return firstOf(outcome);
  }

  /**
   * Sends requests to a service on this directory: to the running one, or to a new one that is closed
   * afterwards.
   */
  async withBrowsers<Result>(
    ask: (browserAt: (frontend: FrontendName) => Browser) => Promise<Result>,
  ): Promise<Result> {
    const config = loadConfig(environmentOf(this.sinch, this.database));
    const asked = this.service ?? (await startService(config));
    try {
      return await ask((frontend) => {
        const { origin } = frontends[frontend];
        const browser = new Browser({ port: asked.port, host: new URL(origin).host, origin });
        this.browsers.push(browser);
        return browser;
      });
    } finally {
      if (asked !== this.service) {
        this.closeBrowsers();
        await asked.close();
      }
    }
  }

  signIn(email: string, password: string): Promise<Answer> {
    return this.withBrowsers((browserAt) => browserAt('console').post('/session', { email, password }));
  }

  private closeBrowsers(): void {
    this.browsers.splice(0).forEach((browser) => browser.close());
  }
}

function environmentOf(sinch: SixUpstreams, { url }: TestDatabase): Record<string, string> {
  return {
    ...sinch.environment(),
    BFF_FRONTENDS: JSON.stringify(Object.values(frontends)),
    ...{ BFF_PORT: '0', BFF_MANAGEMENT_PORT: '0', LOG_LEVEL: 'silent' },
    ...{ DATABASE_URL: url, BFF_ENCRYPTION_KEYS: TEST_KEYS },
  };
}
