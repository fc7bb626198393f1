import { type EnvironmentVariables } from './environment-reader.js';

/** Every name with one of these prefixes belongs to this service (docs/contract.md section 8). */
const SERVICE_PREFIX = /^(?:BFF|SINCH|REDIS|OIDC)_/;

/** Names of the contract that this version does not read. */
const UNUSED_NAMES = [
  'BFF_EVENTS_KEPT',
  'BFF_EVENTS_KEPT_DAYS',
  'BFF_WEBHOOK_ORIGIN',
  'REDIS_SENTINELS',
  'REDIS_SENTINEL_MASTER',
];

export interface NameFindings {
  /** A name that does not exist, with the nearest name that does. */
  readonly unknown: readonly string[];
  /** A name that has no effect in this version. */
  readonly unread: readonly string[];
}

/**
 * Finds variables that have a value but are not read, so that a misspelt name does not silently select a
 * default.
 * @param read the names that were read, without `_FILE`
 */
export function findUnreadNames(variables: EnvironmentVariables, read: ReadonlySet<string>): NameFindings {
  const names = Object.keys(variables).filter((name) => SERVICE_PREFIX.test(name) && variables[name]);
  const unread = names.filter((name) => !read.has(name) && !read.has(name.replace(/_FILE$/, '')));
  const isUnused = (name: string): boolean => UNUSED_NAMES.includes(name.replace(/_FILE$/, ''));
  return {
    unknown: unread
      .filter((name) => !isUnused(name))
      .map((name) => `${name}: is not a known name; the nearest is ${nearestTo(name, [...read])}`),
    unread: unread.filter(isUnused).map((name) => `${name}: has no effect in this version`),
  };
}

function nearestTo(name: string, known: readonly string[]): string {
  return name.endsWith('_FILE')
    ? `${nearest(name.slice(0, -'_FILE'.length), known)}_FILE`
    : nearest(name, known);
}

function nearest(name: string, known: readonly string[]): string {
  const distances = known.map((candidate) => [distance(name, candidate), candidate] as const);
  const [, found = ''] = distances.reduce((best, next) => (next[0] < best[0] ? next : best));
  return found;
}

/** Returns the minimum number of characters to insert, remove or replace (Levenshtein distance). */
function distance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const replaced = (previous[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
}
