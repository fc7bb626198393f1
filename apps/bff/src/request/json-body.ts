import { InvalidInputProblem, inheritedNames } from '@bff/problems';

/** No body of ours is deeper than two; past this nothing but an attack on somebody's recursion is. */
const MAX_DEPTH = 32;

/** Members and elements together. What judges them takes its time for each, and meanwhile nobody else is served. */
const MAX_VALUES = 5_000;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * A JSON body as a plain value, or undefined where there is none. Of repeated members the last counts.
 * @throws InvalidInputProblem when it is no JSON in UTF-8, too deep, too wide, or names the machinery of objects
 */
export function parseJsonBody(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(bytes));
  } catch (error) {
    throw new InvalidInputProblem(['body must be valid JSON in UTF-8'], error);
  }
  checkExtent(value);
  checkNames(value);
  return value;
}

/** @throws InvalidInputProblem where a member is named like something that every object inherits */
export function checkNames(value: unknown): void {
  const names = inheritedNames(value);
  if (names.length > 0) throw new InvalidInputProblem(names.map((name) => `${name} should not exist`));
}

/** Walks level by level: no recursion, whatever the depth. */
function checkExtent(root: unknown): void {
  let level = [root];
  let values = 0;
  for (let depth = 0; level.length > 0; depth += 1) {
    values += level.length;
    if (depth > MAX_DEPTH)
      throw new InvalidInputProblem([`body must not be deeper than ${MAX_DEPTH} levels`]);
    if (values > MAX_VALUES)
      throw new InvalidInputProblem([`body must not hold more than ${MAX_VALUES} members and elements`]);
    level = level.flatMap((value) =>
      typeof value === 'object' && value !== null ? (Object.values(value) as unknown[]) : [],
    );
  }
}
