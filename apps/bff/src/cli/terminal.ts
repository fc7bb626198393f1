import { createInterface } from 'node:readline/promises';
import { type Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { ReadStream } from 'node:tty';
import { UsageError } from '../exit.js';

/** Writes one line for the operator. */
export type Print = (line: string) => void;

/** What a terminal would obey instead of showing it: control characters, and those that turn the direction of text. */
const CONTROL_CHARACTERS = /[\p{Cc}\u061c\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** A text as a terminal shows it and obeys none of it; within JSON it stays the same value. */
export function escapeControlCharacters(line: string): string {
  return line.replace(
    CONTROL_CHARACTERS,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A record as one line of JSON. */
export function jsonLine(record: unknown): string {
  return escapeControlCharacters(JSON.stringify(record));
}

/** A secret from standard input, without the line break at its end; typed unseen at a terminal. @throws UsageError */
export async function secretFrom(input: Readable, name: string): Promise<string> {
  const entered = input instanceof ReadStream ? await readHidden(input, name) : await text(input);
  const secret = entered.replace(/\r?\n$/, '');
  if (secret === '') throw new UsageError([`Write ${name} to standard input`]);
  return secret;
}

async function readHidden(terminal: ReadStream, name: string): Promise<string> {
  const muted = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: terminal, output: muted, terminal: true });
  const closed = new AbortController();
  // Ctrl-C and Ctrl-D: nobody would answer any more.
  reader.once('SIGINT', () => reader.close()).once('close', () => closed.abort());
  // The terminal echoes nothing from here on, so that nobody is too early.
  process.stderr.write(`Type ${name}; it is not shown: `);
  try {
    return await reader.question('', { signal: closed.signal });
  } catch {
    return '';
  } finally {
    reader.close();
    process.stderr.write('\n');
  }
}
