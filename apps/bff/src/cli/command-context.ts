import { type Readable } from 'node:stream';
import { type BffConfig, type EnvironmentVariables } from '@bff/config';
import { type CommandName, type CommandSignatures } from './operator-commands.js';
import { type Print } from './terminal.js';

/** The environment, input and output of a command, and its access to the process that owns the directory. */
export interface CommandContext {
  readonly variables: EnvironmentVariables;
  readonly input: Readable;
  readonly print: Print;
  readonly config: () => BffConfig;
  readonly execute: <Name extends CommandName>(
    command: Name,
    input: Parameters<CommandSignatures[Name]>[0],
  ) => Promise<ReturnType<CommandSignatures[Name]>>;
}
