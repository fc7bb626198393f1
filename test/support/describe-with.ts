import { describe, it } from '@jest/globals';

/**
 * Tests that need an installed program: skipped with a message if it is missing, except in CI, where they
 * fail.
 */
export function describeWith(program: string, isInstalled: boolean, title: string, tests: () => void): void {
  if (isInstalled) {
    describe(title, tests);
    return;
  }
  if (process.env['CI']) {
    it(`${title}: ${program} is not installed`, () => {
      throw new Error(`CI requires ${program}, which is not installed`);
    });
    return;
  }
  process.stderr.write(`${title}: skipped, because ${program} is not installed\n`);
  it(`${title}: skipped, because ${program} is not installed`, () => undefined);
}
