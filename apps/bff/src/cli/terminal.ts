import { createInterface } from 'node:readline/promises';
import { type Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { ReadStream } from 'node:tty';
import { UsageError } from '../exit.js';

/** Prints one line of output. */
export type Print = (line: string) => void;

/** Characters that a terminal interprets instead of displaying: control characters and those that change the text direction. */
const CONTROL_CHARACTERS = /[\p{Cc}\u061c\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Replaces control characters with `\u` escapes, which leaves the value of a JSON text unchanged. */
export function escapeControlCharacters(line: string): string {
  return line.replace(
    CONTROL_CHARACTERS,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Formats a record as one line of JSON. */
export function jsonLine(record: unknown): string {
  return escapeControlCharacters(JSON.stringify(record));
}

/**
 * Reads a secret from standard input. A terminal does not echo it.
 * @param name the name of the secret in the prompt
 * @returns the secret without its final line break
 * @throws UsageError if it is empty
 */
export async function secretFrom(input: Readable, name: string): Promise<string> {
  const entered = input instanceof ReadStream ? await readHidden(input, name) : await text(input);
  const secret = entered.replace(/\r?\n$/, '');
  if (secret === '') throw new UsageError([`The ${name} is missing; write it to standard input`]);
  return secret;
}

async function readHidden(terminal: ReadStream, name: string): Promise<string> {
  const muted = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: terminal, output: muted, terminal: true });
  const closed = new AbortController();
  // Ctrl-C and Ctrl-D close the reader, after which the question would never be answered.
  reader.once('SIGINT', () => reader.close()).once('close', () => closed.abort());
  // The prompt follows the reader, which turns the echo off: earlier input would be displayed.
  process.stderr.write(`Enter the ${name} (input is hidden): `);
  try {
    return await reader.question('', { signal: closed.signal });
  } catch {
    return '';
  } finally {
    reader.close();
    process.stderr.write('\n');
  }
}
