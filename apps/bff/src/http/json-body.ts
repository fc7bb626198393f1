import { InvalidInputProblem, inheritedNames } from '@bff/problems';

/** The deepest valid body has three levels; deeper nesting only serves attacks on recursive code. */
const MAX_DEPTH = 32;

/**
 * Fields and array elements together, enough for a user with 300 memberships. Parsing and validation time grows with
 * each.
 */
const MAX_VALUES = 1_000;

/**
 * UTF-16 code units of all strings together; the longest valid body is a comment of 65 535 characters of two units
 * each.
 */
const MAX_STRING_UNITS = 150_000;

/** Bytes of all numbers, `true`, `false` and `null` together. */
const MAX_LITERAL_BYTES = 20_000;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Parses a JSON body. The last occurrence of a repeated field counts.
 * @returns undefined for an empty body
 * @throws InvalidInputProblem if the body is not JSON in UTF-8, exceeds a limit, or has a field with the name of a
 * property that every object inherits
 */
export function parseJsonBody(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  checkLimits(bytes);
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(bytes));
  } catch (error) {
    throw new InvalidInputProblem(['body must be valid JSON in UTF-8'], error);
  }
  checkFieldNames(value);
  return value;
}

/** @throws InvalidInputProblem if a field has the name of a property that every object inherits */
export function checkFieldNames(value: unknown): void {
  const names = inheritedNames(value);
  if (names.length > 0) throw new InvalidInputProblem(names.map((name) => `${name} should not exist`));
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LETTER_U = 0x75;
const SPACE = 0x20;

/**
 * Checks the limits on the raw bytes: JSON.parse takes 20 ms or more for 1 MiB of small values and blocks the event
 * loop (docs/security-requirements.md VAL-13).
 */
function checkLimits(bytes: Buffer): void {
  let inString = false;
  const counts = { depth: 0, values: 0, units: 0, literalBytes: 0 };
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte <= SPACE && !inString) continue;
    if (byte === QUOTE) inString = !inString;
    else if (!inString) countStructure(byte, counts);
    else if (byte === BACKSLASH) {
      counts.units += 1;
      at += bytes[at + 1] === LETTER_U ? 5 : 1;
    } else counts.units += unitsOf(byte);
    if (counts.depth > MAX_DEPTH)
      throw new InvalidInputProblem([`body must not be deeper than ${MAX_DEPTH} levels`]);
    if (counts.values > MAX_VALUES)
      throw new InvalidInputProblem([`body must not have more than ${MAX_VALUES} fields and elements`]);
    if (counts.literalBytes > MAX_LITERAL_BYTES)
      throw new InvalidInputProblem([
        `body must not have more than ${MAX_LITERAL_BYTES} digits and letters outside of strings`,
      ]);
    if (counts.units > MAX_STRING_UNITS)
      throw new InvalidInputProblem([
        `body must not have more than ${MAX_STRING_UNITS} characters in strings`,
      ]);
  }
}

/** A container has at most one value more than commas. */
function countStructure(byte: number, counts: { depth: number; values: number; literalBytes: number }): void {
  switch (byte) {
    case 0x2c: // ,
      counts.values += 1;
      break;
    case 0x5b: // [
    case 0x7b: // {
      counts.values += 1;
      counts.depth += 1;
      break;
    case 0x5d: // ]
    case 0x7d: // }
      counts.depth -= 1;
      break;
    default:
      counts.literalBytes += 1;
  }
}

/** UTF-16 code units of the character whose UTF-8 encoding starts with the byte; 0 for a continuation byte. */
function unitsOf(byte: number): number {
  if (byte >= 0xf0) return 2;
  return byte >= 0x80 && byte < 0xc0 ? 0 : 1;
}
