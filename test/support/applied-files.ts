import { type ApplyOptions } from '@bff/directory';
import { randomUUID } from 'node:crypto';
import { type Bff, startBff } from './start-bff.js';
import { the } from './the.js';

export const production = {
  environment: 'production',
  keyId: 'admin-production-key',
  keySecret: 'admin-production-canary-secret',
};

export const user = { email: 'new@acme.example', name: 'New' };

/**
 * An identity with a new subject: identities of earlier tests remain after `restore`, because the file does
 * not state them.
 */
export const newIdentity = (): { issuer: string; subject: string } => ({
  issuer: 'https://login.example',
  subject: randomUUID(),
});

type Outcomes = Readonly<Record<string, string>>;

/** Applies directory files to a service, and returns the outcome. */
export class AppliedFiles {
  static async start(): Promise<AppliedFiles> {
    return new AppliedFiles(await startBff({ directory: {} }));
  }

  private constructor(readonly bff: Bff) {}

  /** @returns the outcome of each record */
  async report(document: object, options?: Partial<ApplyOptions>): Promise<Outcomes> {
    const answer = await this.bff.apply(document, options);
    if (!('result' in answer)) throw new Error(`The file was rejected: ${JSON.stringify(answer)}`);
    return Object.fromEntries(answer.result.map(({ record, outcome }) => [record, outcome]));
  }

  /** @returns the outcomes except `unchanged` */
  async changes(document: object, options?: Partial<ApplyOptions>): Promise<Outcomes> {
    const lines = Object.entries(await this.report(document, options));
    return Object.fromEntries(lines.filter(([, outcome]) => outcome !== 'unchanged'));
  }

  async problems(document: object, options?: Partial<ApplyOptions>): Promise<readonly string[]> {
    const answer = await this.bff.apply(document, options);
    if (!('problems' in answer)) throw new Error(`No problem was found: ${JSON.stringify(answer)}`);
    return answer.problems;
  }

  /** @returns the place that each problem names at its beginning, sorted */
  async places(document: object, options?: Partial<ApplyOptions>): Promise<string[]> {
    const sentences = await this.problems(document, options);
    return sentences.map((sentence) => /^[^\s:]+/.exec(sentence)?.[0] ?? '').sort();
  }

  async isKnownTenant(id: string): Promise<boolean> {
    return 'result' in (await this.bff.apply({ tenants: [{ id }] }, { dryRun: true }));
  }

  async isKnownUser(email: string): Promise<boolean> {
    return 'result' in (await this.bff.apply({ users: [{ email }] }, { dryRun: true }));
  }

  /** Applies `the.directory` again after the changes of a test. */
  async restore(): Promise<void> {
    await this.report(the.directory, { prune: true });
  }
}
