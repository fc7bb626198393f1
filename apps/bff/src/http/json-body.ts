import { InvalidInputProblem, inheritedNames } from '@bff/problems';

/** No body of ours is deeper than three; past this there is only an attack on somebody's recursion. */
const MAX_DEPTH = 32;

/** Members and elements together: a user with 300 memberships. Parsing and validation take their time for each. */
const MAX_VALUES = 1_000;

/** UTF-16 units of all texts together; the longest legal body is a comment of 65 535 characters, two units each. */
const MAX_STRING_UNITS = 150_000;

/** Bytes of all numbers, `true`, `false` and `null` together. */
const MAX_LITERAL_BYTES = 20_000;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * A JSON body as a plain value, or undefined where there is none. Of repeated members the last counts.
 * @throws InvalidInputProblem when it is no JSON in UTF-8, too deep, too wide, too long, or names the machinery of
 * objects
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

/** @throws InvalidInputProblem where a member is named like something that every object inherits */
export function checkFieldNames(value: unknown): void {
  const names = inheritedNames(value);
  if (names.length > 0) throw new InvalidInputProblem(names.map((name) => `${name} should not exist`));
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LETTER_U = 0x75;
const SPACE = 0x20;

/**
 * Counts in the bytes, before anything is decoded: JSON.parse takes 20 ms and more for 1 MiB of small values,
 * and nobody else is served while it runs (docs/security-requirements.md VAL-13).
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
      throw new InvalidInputProblem([`body must not hold more than ${MAX_VALUES} members and elements`]);
    if (counts.literalBytes > MAX_LITERAL_BYTES)
      throw new InvalidInputProblem([
        `body must not hold more than ${MAX_LITERAL_BYTES} digits and letters outside of texts`,
      ]);
    if (counts.units > MAX_STRING_UNITS)
      throw new InvalidInputProblem([`body must not hold more than ${MAX_STRING_UNITS} characters of text`]);
  }
}

/** Each container holds one value more than it has commas. */
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

/** UTF-16 units of the character that a byte of UTF-8 begins. */
function unitsOf(byte: number): number {
  if (byte >= 0xf0) return 2;
  return byte >= 0x80 && byte < 0xc0 ? 0 : 1;
}
