import { type Readable } from 'node:stream';
import { type WriteStream } from 'node:tty';
import { type BffConfig, type EnvironmentVariables } from '@bff/config';
import { type CommandName, type CommandSignatures } from './operator-commands.js';
import { type Print } from './terminal.js';

/** Executes a command in the process that owns the directory. */
export type Execute = <Name extends CommandName>(
  command: Name,
  input: Parameters<CommandSignatures[Name]>[0],
) => Promise<ReturnType<CommandSignatures[Name]>>;

/** The environment, input and output of a command, and its access to the process that owns the directory. */
export interface CommandContext {
  readonly variables: EnvironmentVariables;
  readonly input: Readable;
  readonly print: Print;
  readonly config: () => BffConfig;
  readonly execute: Execute;
  /** Executes several commands without opening the database for each. */
  readonly executeAll: <Result>(work: (execute: Execute) => Promise<Result>) => Promise<Result>;
  /** The terminal for progress; null if there is none. */
  readonly terminal: Pick<WriteStream, 'write'> | null;
}
