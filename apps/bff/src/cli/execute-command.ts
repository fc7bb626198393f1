import { DirectoryFileError } from '@bff/directory';
import { setTimeout } from 'node:timers/promises';
import { type BffConfig } from '@bff/config';
import { askOwner, DatabaseInUseError, ownerSocketPath } from '@bff/database';
import { NestFactory } from '@nestjs/core';
import {
  type CommandResponse,
  type CommandName,
  type CommandSignatures,
  OperatorCommands,
} from './operator-commands.js';
import { type Execute } from './command-context.js';
import { UsageError } from '../exit.js';
import { OperatorModule } from './operator.module.js';

/** Retries while the embedded database changes its owner process: 10 s, where one or two are expected. */
const MAX_ATTEMPTS = 50;
const RETRY_DELAY_MS = 200;

type Input<Name extends CommandName> = Parameters<CommandSignatures[Name]>[0];
type Result<Name extends CommandName> = ReturnType<CommandSignatures[Name]>;

/**
 * Executes a command in the process that owns the embedded database, or in this process if no other process owns it.
 * @throws DirectoryFileError with all problems of a directory file, UsageError for invalid input, Error for other failures
 */
export async function executeCommand<Name extends CommandName>(
  config: BffConfig,
  command: Name,
  input: Input<Name>,
): Promise<Result<Name>> {
  return resultOf(await dispatch(config, command, input));
}

/**
 * Executes several commands like {@link executeCommand}, over one connection to a database server.
 * @throws the error of the work
 */
export async function executeCommands<Result>(
  config: BffConfig,
  work: (execute: Execute) => Promise<Result>,
): Promise<Result> {
  if (config.database.kind === 'pglite')
    return work((command, input) => executeCommand(config, command, input));
  return withOperator(config, (operator) =>
    work(async (command, input) => resultOf(await operator.execute(command, input))),
  );
}

function resultOf<Name extends CommandName>(response: CommandResponse<Name>): Result<Name> {
  if ('problems' in response) throw new DirectoryFileError(response.problems);
  if ('usage' in response) throw new UsageError(response.usage);
  if ('failure' in response) throw new Error(response.failure);
  return response.result;
}

async function dispatch<Name extends CommandName>(
  config: BffConfig,
  command: Name,
  input: Input<Name>,
): Promise<CommandResponse<Name>> {
  const { database } = config;
  if (database.kind !== 'pglite' || database.directory === null)
    return executeInProcess(config, command, input);
  const path = ownerSocketPath(database.directory);
  for (let attempt = 1; ; attempt += 1) {
    try {
      const reply = await askOwner(path, { command, input });
      return reply === undefined
        ? await executeInProcess(config, command, input)
        : (reply.answer as CommandResponse<Name>);
    } catch (error) {
      if (attempt === MAX_ATTEMPTS || !isOwnershipChange(error)) throw error;
    }
    await setTimeout(RETRY_DELAY_MS);
  }
}

function isOwnershipChange(error: unknown): boolean {
  return error instanceof DatabaseInUseError || (error as NodeJS.ErrnoException).code === 'ECONNRESET';
}

function executeInProcess<Name extends CommandName>(
  config: BffConfig,
  command: Name,
  input: Input<Name>,
): Promise<CommandResponse<Name>> {
  return withOperator(config, (operator) => operator.execute(command, input));
}

async function withOperator<Value>(
  config: BffConfig,
  work: (operator: OperatorCommands) => Promise<Value>,
): Promise<Value> {
  const app = await NestFactory.createApplicationContext(OperatorModule.standalone(config), {
    abortOnError: false,
    logger: false,
  });
  try {
    return await work(app.get(OperatorCommands));
  } finally {
    await app.close();
  }
}
