import { type Readable } from 'node:stream';
import { type BffConfig, type EnvironmentVariables } from '@bff/config';
import { type CommandName, type CommandSignatures } from './operator-commands.js';
import { type Print } from './terminal.js';

/** The environment, the input and the output of a command, and its connection to the directory's owner. */
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
