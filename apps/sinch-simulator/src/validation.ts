/**
 * What a rule makes of a value: the value itself, or sentences in the manner of class-validator
 * (docs/upstream.md section 4.1).
 */
export type Checked<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly sentences: readonly string[] };

/** `path` is the dotted field path each sentence begins with. */
export type Rule<T> = (value: unknown, path: string) => Checked<T>;

const accept = <T>(value: T): Checked<T> => ({ ok: true, value });
const refuse = (...sentences: string[]): Checked<never> => ({ ok: false, sentences });

/** Lengths are in characters (code points), both ends included. */
export function text(shortest: number, longest: number): Rule<string> {
  return (value, path) => {
    if (typeof value !== 'string') return refuse(`${path} must be a string`);
    const length = [...value].length;
    if (length < shortest) return refuse(`${path} must be longer than or equal to ${shortest} characters`);
    if (length > longest) return refuse(`${path} must be shorter than or equal to ${longest} characters`);
    return accept(value);
  };
}

export function oneOf<T extends string>(choices: readonly T[]): Rule<T> {
  return (value, path) => {
    const choice = choices.find((candidate) => candidate === value);
    return choice === undefined
      ? refuse(`${path} must be one of the following values: ${choices.join(', ')}`)
      : accept(choice);
  };
}

export function integer(lowest: number, highest: number): Rule<number> {
  return (value, path) => {
    if (typeof value !== 'number' || !Number.isInteger(value))
      return refuse(`${path} must be an integer number`);
    if (value < lowest) return refuse(`${path} must not be less than ${lowest}`);
    if (value > highest) return refuse(`${path} must not be greater than ${highest}`);
    return accept(value);
  };
}

export const bool: Rule<boolean> = (value, path) =>
  typeof value === 'boolean' ? accept(value) : refuse(`${path} must be a boolean value`);

export const yes: Rule<true> = (value, path) =>
  value === true ? accept(value) : refuse(`${path} must be true`);

export const anything: Rule<unknown> = (value) => accept(value);

/** Null counts as absent, as it does for class-validator's IsOptional. */
export function optional<T>(rule: Rule<T>): Rule<T | undefined> {
  return (value, path) => (value === undefined || value === null ? accept(undefined) : rule(value, path));
}

export function listOf<T>(rule: Rule<T>): Rule<T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) return refuse(`${path} must be an array`);
    const checked = value.map((item: unknown, index) => rule(item, `${path}.${index}`));
    const sentences = checked.flatMap((item) => (item.ok ? [] : item.sentences));
    return sentences.length > 0
      ? refuse(...sentences)
      : accept(checked.flatMap((item) => (item.ok ? [item.value] : [])));
  };
}

/** An object with these members; others are dropped, and absent optional ones stay absent. */
export function members<T extends object>(rules: { readonly [K in keyof T]-?: Rule<T[K]> }): Rule<T> {
  return (value, path) => {
    if (!isObject(value)) return refuse(`${path === '' ? 'body' : path} must be an object`);

    const sentences: string[] = [];
    const kept: [string, unknown][] = [];
    for (const [name, rule] of Object.entries<Rule<unknown>>(rules)) {
      const checked = rule(value[name], path === '' ? name : `${path}.${name}`);
      if (!checked.ok) sentences.push(...checked.sentences);
      else if (checked.value !== undefined) kept.push([name, checked.value]);
    }
    return sentences.length > 0 ? refuse(...sentences) : accept(Object.fromEntries(kept) as T);
  };
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
