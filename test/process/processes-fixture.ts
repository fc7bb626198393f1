import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Browser } from '../support/browser.js';
import { type Program, Programs } from '../support/program.js';
import { type SixUpstreams, startSixUpstreams } from '../support/six-upstreams.js';
import { the } from '../support/the.js';

const frontends = [
  { name: 'console', class: 'internal', origin: 'https://console.bff.test' },
  { name: 'admin', class: 'admin', origin: 'https://admin.bff.test' },
];

/** A line of a stack trace. */
export const stackLine = /^\s+at /m;

export interface Running {
  readonly program: Program;
  readonly port: number;
  readonly managementPort: number;
  readonly browser: () => Browser;
  readonly signedIn: () => Promise<Browser>;
  readonly management: () => Browser;
}

type Completed = Awaited<ReturnType<Programs['run']>>;

/** Services and commands as processes, on embedded directories in folders of their own. */
export class ProcessesFixture {
  readonly home = mkdtempSync(join(tmpdir(), 'bff-processes-'));
  readonly programs = new Programs();
  readonly wholeDirectory = this.file('the-directory.yaml', the.directory);
  readonly template = join(this.home, 'template');
  private readonly sharedPrograms = new Programs();
  private readonly browsers: Browser[] = [];
  private folders = 0;
  private upstreams: SixUpstreams | undefined;
  private applied: Completed | undefined;
  private running: { readonly folder: string; readonly service: Running } | undefined;

  /** @param more variables of the shared service */
  async start(more: Record<string, string> = {}): Promise<void> {
    this.upstreams = await startSixUpstreams();
    mkdirSync(this.template);
    this.applied = await this.applyIn(this.template, this.wholeDirectory);
    const folder = this.filledFolder();
    const service = await this.startService(folder, more, this.sharedPrograms);
    this.running = { folder, service };
  }

  get sinch(): SixUpstreams {
    if (this.upstreams === undefined) throw new Error('The upstreams were not started');
    return this.upstreams;
  }

  /** The output of `bff apply` on an empty directory. */
  get firstApply(): Completed {
    if (this.applied === undefined) throw new Error('The directory was not applied');
    return this.applied;
  }

  /** Runs during all tests, for those that need no service of their own. */
  get shared(): { readonly folder: string; readonly service: Running } {
    if (this.running === undefined) throw new Error('The service was not started');
    return this.running;
  }

  /** Ends the processes of a test. */
  async endTest(): Promise<void> {
    for (const browser of this.browsers.splice(0)) browser.close();
    await this.programs.killAll();
  }

  /** Ends every process, also after a start that failed. */
  async close(): Promise<void> {
    await this.programs.killAll();
    await this.sharedPrograms.killAll();
    await this.upstreams?.close();
    rmSync(this.home, { recursive: true, force: true });
  }

  /** Writes a file. @returns its path */
  file(name: string, content: string | object): string {
    const path = join(this.home, name);
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  }

  /** The environment of a service with a directory in this folder. */
  environmentIn(folder: string, more: Record<string, string> = {}): Record<string, string> {
    return {
      ...this.sinch.environment(),
      BFF_FRONTENDS: JSON.stringify(frontends),
      BFF_PORT: '0',
      BFF_MANAGEMENT_PORT: '0',
      BFF_DRAIN_SECONDS: '0',
      DATABASE_URL: `pglite:${join(folder, 'directory')}`,
      ...more,
    };
  }

  /** A new folder with a copy of `the.directory`; applying it would take seconds. */
  filledFolder(): string {
    const folder = join(this.home, `data-${(this.folders += 1)}`);
    cpSync(this.template, folder, { recursive: true });
    return folder;
  }

  applyIn(folder: string, path: string): Promise<Completed> {
    return this.programs.run('bff', { args: ['apply', path], environment: this.environmentIn(folder) });
  }

  async startService(
    folder: string,
    more: Record<string, string> = {},
    owner = this.programs,
  ): Promise<Running> {
    const program = owner.start('service', { environment: this.environmentIn(folder, more) });
    const { port, managementPort } = await program.listening();
    const make = (to: number, origin: string): Browser => {
      const browser = new Browser({ port: to, host: new URL(origin).host, origin });
      this.browsers.push(browser);
      return browser;
    };
    const browser = (): Browser => make(port, 'https://console.bff.test');
    return {
      program,
      port,
      managementPort,
      browser,
      signedIn: async () => {
        const made = browser();
        await made.signIn(the.editor);
        return made;
      },
      management: () => make(managementPort, `http://127.0.0.1:${managementPort}`),
    };
  }
}
