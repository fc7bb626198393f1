import { describe, it } from '@jest/globals';

/** A group of tests that need a program of this machine: left out with a word where it is missing, but never in CI. */
export function describeWith(program: string, isInstalled: boolean, title: string, tests: () => void): void {
  if (isInstalled) {
    describe(title, tests);
    return;
  }
  if (process.env['CI']) {
    it(`${title}: needs ${program}`, () => {
      throw new Error(`${program} is demanded in CI, and it is not installed`);
    });
    return;
  }
  process.stderr.write(`${title}: did not run, because ${program} was not found\n`);
  it(`${title}: did not run: ${program} is not installed`, () => undefined);
}
