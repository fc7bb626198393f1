import { readFileSync } from 'node:fs';

/**
 * All problems of the configuration; start-up prints the list and exits with code 78
 * (docs/contract.md section 8).
 */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';

  constructor(readonly problems: readonly string[]) {
    super(`The configuration has ${problems.length} problem${problems.length === 1 ? '' : 's'}`);
  }
}

export type EnvironmentVariables = Readonly<Record<string, string | undefined>>;

/** Returns the environment of this process. Only this function reads it. */
export function processEnvironment(): EnvironmentVariables {
  return process.env;
}

/**
 * Reads variables and collects all problems instead of stopping at the first one. A name with the suffix
 * `_FILE` names a file with the value, whose final line break is removed.
 */
export class EnvironmentReader {
  readonly problems: string[] = [];
  /** Names that were read, with or without a value. */
  readonly read = new Set<string>();

  private readonly unreadable = new Set<string>();

  constructor(private readonly variables: EnvironmentVariables) {}

  /** Returns the raw value; an empty one counts as absent. */
  text(name: string): string | undefined {
    this.read.add(name);
    const direct = this.variables[name] || undefined;
    const file = this.variables[`${name}_FILE`] || undefined;
    if (file === undefined) return direct;
    if (direct !== undefined)
      return this.cannotRead(name, `${name}: set either ${name} or ${name}_FILE, not both`);
    try {
      return readFileSync(file, 'utf8').replace(/\r?\n$/, '') || undefined;
    } catch (error) {
      const { code = 'unknown' } = error as NodeJS.ErrnoException;
      return this.cannotRead(name, `${name}_FILE: the file ${file} cannot be read (${code})`);
    }
  }

  /** Reports that a variable without a default has no value, unless another problem says why. */
  mustBeSet(name: string): void {
    if (!this.unreadable.has(name)) this.problems.push(`${name}: must be set`);
  }

  private cannotRead(name: string, problem: string): undefined {
    this.unreadable.add(name);
    this.problems.push(problem);
    return undefined;
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
}
