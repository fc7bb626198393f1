import { type Keyring } from '@bff/secrets';

const PURPOSE = 'audit-checkpoint';

/** `v1`, number, time, SHA-256 of the heads of all chains, MAC. */
const FORMAT =
  /^v1,(\d{1,15}),(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z),([0-9a-f]{64}),([\w-]{1,64}\.[\w-]{43})$/;

/** The heads of all chains at one time, as one line to keep outside the database. */
export interface Checkpoint {
  readonly counter: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** SHA-256 of the heads of all chains, in hexadecimal. */
  readonly digest: string;
  readonly seal: string;
}

export function checkpointLine(keyring: Keyring, checkpoint: Omit<Checkpoint, 'seal'>): string {
  const statement = statementOf(checkpoint);
  return `${statement},${keyring.sign(PURPOSE, statement)}`;
}

/** @returns null if the text is not a checkpoint */
export function parseCheckpoint(text: string): Checkpoint | null {
  const [, counter, at = '', digest = '', seal = ''] = FORMAT.exec(text.trim()) ?? [];
  if (counter === undefined || Number.isNaN(Date.parse(at))) return null;
  return { counter: Number(counter), at: Date.parse(at), digest, seal };
}

export function isGenuine(keyring: Keyring, checkpoint: Checkpoint): boolean {
  return keyring.verify(PURPOSE, statementOf(checkpoint), checkpoint.seal);
}

function statementOf({ counter, at, digest }: Omit<Checkpoint, 'seal'>): string {
  return `v1,${counter},${new Date(at).toISOString()},${digest}`;
}
