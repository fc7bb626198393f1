import { type Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

/** Writes one line for the operator. */
export type Print = (line: string) => void;

/** What a terminal would obey instead of showing it: control characters, and those that turn the direction of text. */
const OBEYED = /[\p{Cc}\u061c\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** A text as a terminal shows it and obeys none of it; within JSON it stays the same value. */
export function harmless(line: string): string {
  return line.replace(OBEYED, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A record as one line of JSON. */
export function jsonLine(record: unknown): string {
  return harmless(JSON.stringify(record));
}

/** A secret from standard input, without the line break at its end. @throws Error where there is none */
export async function secretFrom(input: Readable, what: string): Promise<string> {
  const secret = (await text(input)).replace(/\r?\n$/, '');
  if (secret === '') throw new Error(`Write ${what} to standard input`);
  return secret;
}
