import { createHash } from 'node:crypto';

/** Texts whose SHA-256 is published in examples and tests, those of this project included. */
const WELL_KNOWN_TEXTS = [
  '',
  'admin',
  'bff',
  'changeme',
  'demo',
  'development',
  'dev',
  'example',
  'key',
  'next',
  'password',
  'secret',
  'test',
  'tests',
];

const WELL_KNOWN = new Set(
  WELL_KNOWN_TEXTS.map((text) => createHash('sha256').update(text).digest('base64')),
);

const PRINTABLE_ASCII = /^[\x20-\x7e]+$/;

/** Whether a 32-byte key is not random: few different bytes, a repeated block, a sequence, or a text. */
export function isPatterned(key: Buffer): boolean {
  return (
    new Set(key).size < 8 ||
    isRepeated(key) ||
    new Set(key.map((byte, index) => byte - (key.at(index - 1) ?? 0)).subarray(1)).size === 1 ||
    PRINTABLE_ASCII.test(key.toString('latin1'))
  );
}

/** Whether a key appears in public examples. */
export function isWellKnown(key: Buffer): boolean {
  return WELL_KNOWN.has(key.toString('base64'));
}

function isRepeated(key: Buffer): boolean {
  const half = key.length / 2;
  return key.subarray(0, half).equals(key.subarray(half));
}
