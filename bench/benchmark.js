import { checkPreconditions, Missing } from './preconditions.js';
import { Workshop } from './processes.js';
import { machineFacts } from './report.js';

/**
 * Runs a benchmark: prints what it measured, ends everything that it started, and exits with 1 if a limit was missed.
 * @param tools the programs that it uses, see {@link checkPreconditions}
 * @param measure takes the workshop and a line about the machine, and resolves to `text` and `isMet`
 */
export async function benchmark(tools, measure) {
  let workshop;
  try {
    const facts = machineFacts(checkPreconditions(tools));
    workshop = new Workshop();
    const { text, isMet } = await measure(workshop, facts);
    process.stdout.write(`${text}\n`);
    process.exitCode = isMet ? 0 : 1;
  } catch (error) {
    // After Ctrl-C everything fails that was under way.
    if (!workshop?.interrupted)
      process.stderr.write(`${error instanceof Missing ? error.message : error.stack}\n`);
    process.exitCode = 1;
  } finally {
    await workshop?.close();
  }
}

/** Prints a line about what is being done. */
export function progress(line) {
  process.stderr.write(`${line}\n`);
}
