import { readFileSync } from 'node:fs';

/**
 * What is wrong with the configuration, all at once; start-up prints the list and exits 78
 * (docs/contract.md section 8).
 */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';

  constructor(readonly problems: readonly string[]) {
    super(`The configuration has ${problems.length} problem${problems.length === 1 ? '' : 's'}`);
  }
}

export type EnvironmentVariables = Readonly<Record<string, string | undefined>>;

/** The environment of this process; nothing else in the house reads it. */
export function processEnvironment(): EnvironmentVariables {
  return process.env;
}

/**
 * Reads variables and collects every problem instead of stopping at the first one.
 * Each name may carry the suffix `_FILE`: then the value is the content of that file, without the last line break.
 */
export class EnvironmentReader {
  readonly problems: string[] = [];
  /** Names that were asked for, whether they have a value or not. */
  readonly read = new Set<string>();

  constructor(private readonly variables: EnvironmentVariables) {}

  /** The raw value; an empty one counts as absent. */
  text(name: string): string | undefined {
    this.read.add(name);
    const direct = this.variables[name] || undefined;
    const file = this.variables[`${name}_FILE`] || undefined;
    if (file === undefined) return direct;
    if (direct !== undefined) {
      this.problems.push(`${name}: set either ${name} or ${name}_FILE, not both`);
      return undefined;
    }
    try {
      return readFileSync(file, 'utf8').replace(/\r?\n$/, '') || undefined;
    } catch (error) {
      this.problems.push(
        `${name}_FILE: the file cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`,
      );
      return undefined;
    }
  }

  oneOf<const Value extends string>(name: string, allowed: readonly Value[], fallback: Value): Value {
    const value = this.text(name);
    if (value === undefined) return fallback;
    const found = allowed.find((candidate) => candidate === value);
    if (found === undefined) this.problems.push(`${name}: must be one of ${allowed.join(', ')}`);
    return found ?? fallback;
  }

  integer(name: string, fallback: number, minimum: number, maximum: number): number {
    const value = this.text(name);
    if (value === undefined) return fallback;
    const number = /^\d{1,9}$/.test(value) ? Number(value) : NaN;
    if (number >= minimum && number <= maximum) return number;
    this.problems.push(`${name}: must be a whole number from ${minimum} to ${maximum}`);
    return fallback;
  }

  /** A value that is not supported yet must not be accepted in silence. */
  refuse(name: string, why: string): void {
    if (this.text(name) !== undefined) this.problems.push(`${name}: ${why}`);
  }
}
