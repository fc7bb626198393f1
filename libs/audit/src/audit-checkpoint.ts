import { timingSafeEqual } from 'node:crypto';
import { type HashKeySet, type Keyring } from '@bff/secrets';

/** Purpose of the MAC of version 1, which was made with an encryption key. */
const PURPOSE = 'audit-checkpoint';

/** Version, number, time, SHA-256 of the heads of all chains, MAC. */
const FORMAT =
  /^(v[12]),(\d{1,15}),(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z),([0-9a-f]{64}),((?:[\w-]{1,64}\.)?[\w-]{43})$/;

/** The heads of all chains at one time, as one line to keep outside the database. */
export interface Checkpoint {
  readonly version: string;
  readonly counter: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** SHA-256 of the heads of all chains, in hexadecimal. */
  readonly digest: string;
  readonly seal: string;
}

/** What a checkpoint states. */
export type CheckpointStatement = Omit<Checkpoint, 'version' | 'seal'>;

export function checkpointLine(keys: HashKeySet, checkpoint: CheckpointStatement): string {
  const statement = statementOf('v2', checkpoint);
  return `${statement},${keys.mac(statement).toString('base64url')}`;
}

/** @returns null if the text is not a checkpoint */
export function parseCheckpoint(text: string): Checkpoint | null {
  const [, version = '', counter, at = '', digest = '', seal = ''] = FORMAT.exec(text.trim()) ?? [];
  if (counter === undefined || Number.isNaN(Date.parse(at))) return null;
  return { version, counter: Number(counter), at: Date.parse(at), digest, seal };
}

/** @param keyring verifies checkpoints of version 1, as long as it has their key */
export function isGenuine(keys: HashKeySet, keyring: Keyring, checkpoint: Checkpoint): boolean {
  const statement = statementOf(checkpoint.version, checkpoint);
  if (checkpoint.version === 'v1') return keyring.verify(PURPOSE, statement, checkpoint.seal);
  const expected = Buffer.from(keys.mac(statement).toString('base64url'));
  const given = Buffer.from(checkpoint.seal);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function statementOf(version: string, { counter, at, digest }: CheckpointStatement): string {
  return `${version},${counter},${new Date(at).toISOString()},${digest}`;
}
