import { DirectoryFileError } from '@bff/directory';
import { setTimeout } from 'node:timers/promises';
import { type BffConfig } from '@bff/config';
import { askOwner, DatabaseInUseError, ownerSocketPath } from '@bff/database';
import { NestFactory } from '@nestjs/core';
import {
  type CommandAnswer,
  type OperatorCallName,
  type OperatorCalls,
  OperatorCommands,
} from './operator-commands.js';
import { UsageError } from '../exit.js';
import { OperatorModule } from './operator.module.js';

/** An embedded database changes hands within a second or two; for so long it is tried again. */
const ATTEMPTS = 50;
const PAUSE_MS = 200;

type Input<Name extends OperatorCallName> = Parameters<OperatorCalls[Name]>[0];
type Result<Name extends OperatorCallName> = ReturnType<OperatorCalls[Name]>;

/**
 * Has a command carried out: by the process that owns the embedded database, if there is one, else by this process.
 * @throws DirectoryFileError with every problem of a file; UsageError; Error with what else went wrong
 */
export async function askOperator<Name extends OperatorCallName>(
  config: BffConfig,
  command: Name,
  input: Input<Name>,
): Promise<Result<Name>> {
  const answer = await answerOf(config, command, input);
  if ('problems' in answer) throw new DirectoryFileError(answer.problems);
  if ('usage' in answer) throw new UsageError(answer.usage);
  if ('failure' in answer) throw new Error(answer.failure);
  return answer.result;
}

async function answerOf<Name extends OperatorCallName>(
  config: BffConfig,
  command: Name,
  input: Input<Name>,
): Promise<CommandAnswer<Name>> {
  const { database } = config;
  if (database.kind !== 'pglite' || database.directory === null) return answerHere(config, command, input);
  const path = ownerSocketPath(database.directory);
  for (let attempt = 1; ; attempt += 1) {
    try {
      const asked = await askOwner(path, { command, input });
      return asked === undefined
        ? await answerHere(config, command, input)
        : (asked.answer as CommandAnswer<Name>);
    } catch (error) {
      if (attempt === ATTEMPTS || !isChangeOfOwners(error)) throw error;
    }
    await setTimeout(PAUSE_MS);
  }
}

function isChangeOfOwners(error: unknown): boolean {
  return error instanceof DatabaseInUseError || (error as NodeJS.ErrnoException).code === 'ECONNRESET';
}

async function answerHere<Name extends OperatorCallName>(
  config: BffConfig,
  command: Name,
  input: Input<Name>,
): Promise<CommandAnswer<Name>> {
  const app = await NestFactory.createApplicationContext(OperatorModule.alone(config), {
    abortOnError: false,
    logger: false,
  });
  try {
    return await app.get(OperatorCommands).execute(command, input);
  } finally {
    await app.close();
  }
}
