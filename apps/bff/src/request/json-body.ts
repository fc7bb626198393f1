import { InvalidInputProblem } from '@bff/problems';

/** No body of ours is deeper than two; past this nothing but an attack on somebody's recursion is. */
const MAX_DEPTH = 32;

/** Names that object-copying code could take for the machinery of objects (security-bar.md VAL-03). */
const MACHINERY = new Set(['__proto__', 'constructor', 'prototype']);

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * A JSON body as a plain value, or undefined where there is none. Of repeated members the last counts.
 * @throws InvalidInputProblem when it is no JSON in UTF-8, too deep, or names the machinery of objects
 */
export function parseJsonBody(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(bytes));
  } catch (error) {
    throw new InvalidInputProblem(['body must be valid JSON in UTF-8'], error);
  }
  checkStructure(value);
  return value;
}

/** The names of a query have to stay clear of the machinery of objects too. */
export function checkNames(names: Iterable<string>): void {
  for (const name of names)
    if (MACHINERY.has(name)) throw new InvalidInputProblem([`${name} should not exist`]);
}

/** Walks level by level: no recursion, whatever the depth. */
function checkStructure(root: unknown): void {
  let level = [root];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH)
      throw new InvalidInputProblem([`body must not be deeper than ${MAX_DEPTH} levels`]);
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value !== 'object' || value === null) continue;
      if (!Array.isArray(value)) checkNames(Object.keys(value));
      for (const member of Object.values(value) as unknown[]) next.push(member);
    }
    level = next;
  }
}
