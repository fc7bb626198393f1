import 'reflect-metadata';
import { Readable } from 'node:stream';
import { CommanderError } from 'commander';
import { operatorProgram } from '../../apps/bff/src/cli/program.js';
import { EXIT, exitCodeOf, explain } from '../../apps/bff/src/exit.js';

export interface Outcome {
  readonly code: number;
  readonly lines: readonly string[];
  readonly error: string;
}

/** Runs `bff` in this process. @returns the output and the exit code of its `main` */
export async function runCommand(
  args: readonly string[],
  { input = '', environment = {} }: { input?: string; environment?: Record<string, string> } = {},
): Promise<Outcome> {
  const lines: string[] = [];
  let error = '';
  const program = operatorProgram(environment, Readable.from([input]), (line) => void lines.push(line));
  const everyCommand = (command: typeof program): void => {
    command.configureOutput({
      writeOut: (text) => void lines.push(text),
      writeErr: (text) => (error += text),
    });
    command.commands.forEach((one) => everyCommand(one));
  };
  everyCommand(program);
  try {
    await program.parseAsync(args, { from: 'user' });
    return { code: 0, lines, error };
  } catch (thrown) {
    if (thrown instanceof CommanderError) {
      return { code: thrown.exitCode === 0 ? 0 : EXIT.usage, lines, error };
    }
    return { code: exitCodeOf(thrown), lines, error: explain(thrown) };
  }
}
