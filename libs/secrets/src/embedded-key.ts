import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type BffConfig, EMBEDDED_KEY_ID, type EncryptionKey, Secret } from '@bff/config';

const KEY_BYTES = 32;

/**
 * Returns the keys that seal secrets: the configured ones or, in profile `development` without any, one that
 * is generated at the first start and stored beside the data (mode 0600).
 * @throws Error if the file of the embedded key is unreadable or invalid, or is accessible to other users and
 * cannot be restricted
 */
export function encryptionKeys(config: BffConfig): readonly EncryptionKey[] {
  if (config.encryptionKeys !== null) return config.encryptionKeys;
  const { database } = config;
  if (database.kind === 'pglite' && database.directory === null) return [embedded(randomBytes(KEY_BYTES))];
  const folder =
    database.kind === 'pglite' && database.directory !== null ? dirname(database.directory) : '.data';
  return [embedded(readOrCreate(join(folder, 'encryption.key')))];
}

function embedded(key: Buffer): EncryptionKey {
  return { id: EMBEDDED_KEY_ID, key: new Secret(key) };
}

function readOrCreate(path: string): Buffer {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    // If two processes start concurrently, one creates the file and both read it.
    writeFileSync(path, randomBytes(KEY_BYTES).toString('base64'), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  // An existing file may be readable by other users.
  if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
  const key = Buffer.from(readFileSync(path, 'utf8'), 'base64');
  if (key.length !== KEY_BYTES) throw new Error(`${path} does not hold an encryption key`);
  return key;
}
