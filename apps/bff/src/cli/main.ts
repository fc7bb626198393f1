import 'reflect-metadata';
import { processEnvironment } from '@bff/config';
import { CommanderError } from 'commander';
import { EXIT, exitCodeOf, explain } from '../exit.js';
import { operatorProgram } from './program.js';
import { escapeControlCharacters } from './terminal.js';

// A reader such as `head -1` closes the pipe early, which is not a failure of the command.
process.stdout.on('error', () => process.exit());

try {
  await operatorProgram(
    processEnvironment(),
    process.stdin,
    (line) => process.stdout.write(`${line}\n`),
    process.stderr.isTTY ? process.stderr : null,
  ).parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : EXIT.usage;
  else {
    for (const line of explain(error).split('\n')) process.stderr.write(`${escapeControlCharacters(line)}\n`);
    process.exitCode = exitCodeOf(error);
  }
}
