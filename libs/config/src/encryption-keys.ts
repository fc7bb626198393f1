import { type EnvironmentReader } from './environment-reader.js';
import { Secret } from './secret.js';
import { isPatterned, isWellKnown } from './weak-keys.js';

/** The id of the key that profile `development` generates. */
export const EMBEDDED_KEY_ID = 'embedded';

/** A 32-byte key that seals secrets at rest; the header of a sealed secret contains the key id. */
export interface EncryptionKey {
  readonly id: string;
  readonly key: Secret<Buffer>;
}

/**
 * Reads `BFF_ENCRYPTION_KEYS`.
 * @returns null if unset; a key is then generated and stored next to the data
 */
export function readEncryptionKeys(
  reader: EnvironmentReader,
  development: boolean,
): readonly EncryptionKey[] | null {
  const text = reader.text('BFF_ENCRYPTION_KEYS');
  if (text === undefined) {
    if (!development) reader.mustBeSet('BFF_ENCRYPTION_KEYS');
    return null;
  }
  const seen = new Set<string>();
  return text.split(',').map((entry, index) => {
    const [, id = '', encoded = ''] =
      /^\s*([A-Za-z0-9_-]{1,64}):([A-Za-z0-9+/_-]+={0,2})\s*$/.exec(entry) ?? [];
    const key = Buffer.from(encoded, 'base64');
    const place = `BFF_ENCRYPTION_KEYS[${index}]`;
    if (id === '') reader.problems.push(`${place}: must be id:base64`);
    else if (key.length !== 32)
      reader.problems.push(`${place}: must be 32 bytes in base64, has ${key.length}`);
    else if (isPatterned(key)) reader.problems.push(`${place}: is not random`);
    else if (!development && isWellKnown(key))
      reader.problems.push(`${place}: appears in public examples; generate one with openssl rand -base64 32`);
    else if (!development && id === EMBEDDED_KEY_ID)
      reader.problems.push(
        `${place}: ${id} is the generated key of profile development; rotate to another key in that profile first`,
      );
    if (id !== '' && seen.has(id)) reader.problems.push(`${place}: the id ${id} is repeated`);
    seen.add(id);
    return { id, key: new Secret(key) };
  });
}
