import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import { type EncryptionKey, Secret } from '@bff/config';

const ALGORITHM = 'aes-256-gcm';
const FORMAT = 'bff1';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * The context of a sealed secret, which is authenticated: the secret opens only under the same kind, owner
 * and version.
 */
export interface SealContext {
  readonly kind: 'tenant-credentials' | 'admin-credentials' | 'totp' | 'hash-key' | 'login' | 'state';
  readonly owner: string;
  readonly version: number;
}

/**
 * The sealed secret is damaged, belongs to another context, or was sealed with a key that is not in the
 * keyring.
 */
export class UnsealError extends Error {
  override readonly name = 'UnsealError';
}

/**
 * Seals secrets at rest with AES-256-GCM and a random nonce, as `bff1.<key id>.<base64url of nonce,
 * ciphertext, tag>`; format, key id and {@link SealContext} are authenticated. The first key seals; every key
 * opens.
 */
export class Keyring {
  private readonly keys: ReadonlyMap<string, EncryptionKey>;
  private readonly sealing: EncryptionKey;
  /** Derived MAC keys by purpose; the number of purposes is constant. */
  private readonly macKeys: ReadonlyMap<EncryptionKey, Map<string, KeyObject>>;

  constructor(keys: readonly EncryptionKey[]) {
    const [sealing] = keys;
    if (sealing === undefined) throw new Error('A keyring needs at least one key');
    this.sealing = sealing;
    this.keys = new Map(keys.map((key) => [key.id, key]));
    this.macKeys = new Map(keys.map((key) => [key, new Map<string, KeyObject>()]));
  }

  /** The id of the key that seals. */
  get sealingId(): string {
    return this.sealing.id;
  }

  /** The ids of all keys, that of the sealing key first. */
  get ids(): readonly string[] {
    return [...this.keys.keys()];
  }

  /** Whether a secret is sealed with the first key; it may be damaged. */
  hasCurrentSeal(sealed: string): boolean {
    return sealed.startsWith(`${FORMAT}.${this.sealingId}.`);
  }

  /** Whether a MAC is one of the first key; it may be invalid. */
  hasCurrentMac(signature: string): boolean {
    return signature.startsWith(`${this.sealingId}.`);
  }

  seal(secret: Secret, context: SealContext): string {
    const { id, key } = this.sealing;
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, key.reveal(), nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(additionalData(id, context));
    const sealed = [nonce, cipher.update(secret.reveal(), 'utf8'), cipher.final(), cipher.getAuthTag()];
    return `${FORMAT}.${id}.${Buffer.concat(sealed).toString('base64url')}`;
  }

  /** @throws UnsealError, without information about the content */
  open(sealed: string, context: SealContext): Secret {
    const [format, id = '', encoded = '', ...rest] = sealed.split('.');
    const key = this.keys.get(id)?.key;
    if (format !== FORMAT || rest.length > 0)
      throw new UnsealError('The sealed secret has an unknown format');
    if (key === undefined)
      throw new UnsealError(`The secret was sealed with the key "${id}", which is not in the keyring`);
    const bytes = Buffer.from(encoded, 'base64url');
    // Node's decoder ignores invalid characters and surplus bits, so any other encoding of the same bytes is
    // rejected.
    if (bytes.length < NONCE_BYTES + TAG_BYTES || bytes.toString('base64url') !== encoded) {
      throw new UnsealError('The sealed secret is damaged');
    }
    try {
      const decipher = createDecipheriv(ALGORITHM, key.reveal(), bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(additionalData(id, context));
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
      return new Secret(Buffer.concat([text, decipher.final()]).toString('utf8'));
    } catch (error) {
      throw new UnsealError('The sealed secret cannot be opened', { cause: error });
    }
  }

  /**
   * Seals a sealed secret with the first key.
   * @returns null if it is damaged or its key is not in the keyring
   */
  reseal(sealed: string, context: SealContext): string | null {
    try {
      return this.seal(this.open(sealed, context), context);
    } catch (error) {
      if (error instanceof UnsealError) return null;
      throw error;
    }
  }

  /** Whether a sealed secret equals a secret; false if it cannot be opened. */
  holds(sealed: string, context: SealContext, secret: Secret): boolean {
    try {
      return this.open(sealed, context).reveal() === secret.reveal();
    } catch (error) {
      if (error instanceof UnsealError) return false;
      throw error;
    }
  }

  /**
   * The id of each key, that of the sealing key first, with a text that tells keys with the same id apart and reveals
   * nothing about the key.
   */
  get fingerprints(): ReadonlyMap<string, string> {
    const keys = [...this.keys.values()];
    return new Map(keys.map((key) => [key.id, derived(key, 'fingerprint').toString('base64url', 0, 12)]));
  }

  /** Derives 32 bytes for a purpose, which reveal nothing about the key (HKDF, RFC 5869). */
  derive(purpose: string): Buffer {
    return derived(this.sealing, purpose);
  }

  /** Returns a MAC over a text with the first key: `<key id>.<base64url>`. */
  sign(purpose: string, text: string): string {
    const { id } = this.sealing;
    return `${id}.${this.macOf(this.sealing, purpose, text).toString('base64url')}`;
  }

  /** Verifies a MAC over a text with the key that it names; false if that key is not in the keyring. */
  verify(purpose: string, text: string, signature: string): boolean {
    const [id = '', encoded = ''] = signature.split('.');
    const key = this.keys.get(id);
    if (key === undefined) return false;
    const expected = Buffer.from(`${id}.${this.macOf(key, purpose, text).toString('base64url')}`);
    const given = Buffer.from(`${id}.${encoded}`);
    return given.length === expected.length && timingSafeEqual(given, expected);
  }

  private macOf(key: EncryptionKey, purpose: string, text: string): Buffer {
    const known = this.macKeys.get(key)?.get(purpose);
    const macKey = known ?? createSecretKey(derived(key, purpose));
    if (known === undefined) this.macKeys.get(key)?.set(purpose, macKey);
    return createHmac('sha256', macKey).update(text).digest();
  }
}

function derived({ key }: EncryptionKey, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key.reveal(), '', `bff/${purpose}`, 32));
}

function additionalData(keyId: string, { kind, owner, version }: SealContext): Buffer {
  return Buffer.from(JSON.stringify([FORMAT, keyId, kind, owner, version]));
}
