/** The result of a rule: the value, or messages in the style of class-validator (docs/upstream.md section 4.1). */
export type Validated<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly messages: readonly string[] };

/** `path` is the dotted field path with which each message begins. */
export type Rule<T> = (value: unknown, path: string) => Validated<T>;

const valid = <T>(value: T): Validated<T> => ({ ok: true, value });
const invalid = (...messages: string[]): Validated<never> => ({ ok: false, messages });

/** @param shortest, longest inclusive lengths in characters (code points) */
export function stringOf(shortest: number, longest: number): Rule<string> {
  return (value, path) => {
    if (typeof value !== 'string') return invalid(`${path} must be a string`);
    const length = [...value].length;
    if (length < shortest) return invalid(`${path} must be longer than or equal to ${shortest} characters`);
    if (length > longest) return invalid(`${path} must be shorter than or equal to ${longest} characters`);
    return valid(value);
  };
}

export function oneOf<T extends string>(choices: readonly T[]): Rule<T> {
  return (value, path) => {
    const choice = choices.find((candidate) => candidate === value);
    return choice === undefined
      ? invalid(`${path} must be one of the following values: ${choices.join(', ')}`)
      : valid(choice);
  };
}

export function integer(lowest: number, highest: number): Rule<number> {
  return (value, path) => {
    if (typeof value !== 'number' || !Number.isInteger(value))
      return invalid(`${path} must be an integer number`);
    if (value < lowest) return invalid(`${path} must not be less than ${lowest}`);
    if (value > highest) return invalid(`${path} must not be greater than ${highest}`);
    return valid(value);
  };
}

export const bool: Rule<boolean> = (value, path) =>
  typeof value === 'boolean' ? valid(value) : invalid(`${path} must be a boolean value`);

export const literalTrue: Rule<true> = (value, path) =>
  value === true ? valid(value) : invalid(`${path} must be true`);

export const anyValue: Rule<unknown> = (value) => valid(value);

/** Null counts as absent, as it does for class-validator's IsOptional. */
export function optional<T>(rule: Rule<T>): Rule<T | undefined> {
  return (value, path) => (value === undefined || value === null ? valid(undefined) : rule(value, path));
}

export function arrayOf<T>(rule: Rule<T>): Rule<T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) return invalid(`${path} must be an array`);
    const checked = value.map((item: unknown, index) => rule(item, `${path}.${index}`));
    const messages = checked.flatMap((item) => (item.ok ? [] : item.messages));
    return messages.length > 0
      ? invalid(...messages)
      : valid(checked.flatMap((item) => (item.ok ? [item.value] : [])));
  };
}

/** Validates an object with these fields; others are dropped, and absent optional ones remain absent. */
export function objectOf<T extends object>(rules: { readonly [K in keyof T]-?: Rule<T[K]> }): Rule<T> {
  return (value, path) => {
    if (!isObject(value)) return invalid(`${path === '' ? 'body' : path} must be an object`);

    const messages: string[] = [];
    const entries: [string, unknown][] = [];
    for (const [name, rule] of Object.entries<Rule<unknown>>(rules)) {
      const checked = rule(value[name], path === '' ? name : `${path}.${name}`);
      if (!checked.ok) messages.push(...checked.messages);
      else if (checked.value !== undefined) entries.push([name, checked.value]);
    }
    return messages.length > 0 ? invalid(...messages) : valid(Object.fromEntries(entries) as T);
  };
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
