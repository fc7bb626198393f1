import { Directory } from '@bff/database';
import { UserWriter } from '@bff/identity';
import { Keyring } from '@bff/secrets';
import { DirectoryApplier, type ApplyOptions, type ReportLine } from './apply-directory.js';
import { DirectoryFileError } from './directory-document.js';

/** What `bff` asks of whoever owns the directory. */
export interface DirectoryCommand {
  readonly command: 'apply';
  /** The directory file as plain values, its variables filled in. */
  readonly document: unknown;
  readonly options: ApplyOptions;
}

/** How it went; `problems` are of the file, `failure` is of anything else. */
export type CommandAnswer =
  | { readonly report: readonly ReportLine[] }
  | { readonly problems: readonly string[] }
  | { readonly failure: string };

/** Carries commands out, in the process that owns the directory. */
export class DirectoryCommands {
  private applier: Promise<DirectoryApplier> | undefined;

  constructor(
    private readonly directory: Directory,
    private readonly keyring: Keyring,
  ) {}

  async execute({ document, options }: DirectoryCommand): Promise<CommandAnswer> {
    try {
      this.applier ??= UserWriter.create(this.keyring).then(
        (users) => new DirectoryApplier(this.directory, this.keyring, users),
      );
      const applier = await this.applier;
      return { report: await applier.apply(document, options) };
    } catch (error) {
      if (error instanceof DirectoryFileError) return { problems: error.problems };
      return { failure: (error as Error).message };
    }
  }
}
