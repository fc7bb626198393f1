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

/** What a sealed secret belongs to. It is bound into the seal: under another owner, kind or version it does not open. */
export interface SealContext {
  readonly kind: 'tenant-credentials' | 'admin-credentials' | 'totp' | 'login';
  readonly owner: string;
  readonly version: number;
}

/** The seal is broken, belongs to something else, or was made with a key that is not in the ring. */
export class UnsealError extends Error {
  override readonly name = 'UnsealError';
}

/**
 * Seals secrets at rest: AES-256-GCM under a fresh random nonce, as `bff1.<key id>.<base64url of nonce, text, tag>`;
 * format, key id and {@link SealContext} are authenticated. The first key seals, every key opens.
 */
export class Keyring {
  private readonly keys: ReadonlyMap<string, EncryptionKey>;
  private readonly sealing: EncryptionKey;
  /** A key is derived once for each purpose; the purposes are constants. */
  private readonly macKeys: ReadonlyMap<EncryptionKey, Map<string, KeyObject>>;

  constructor(keys: readonly EncryptionKey[]) {
    const [sealing] = keys;
    if (sealing === undefined) throw new Error('A keyring needs at least one key');
    this.sealing = sealing;
    this.keys = new Map(keys.map((key) => [key.id, key]));
    this.macKeys = new Map(keys.map((key) => [key, new Map<string, KeyObject>()]));
  }

  seal(secret: Secret, context: SealContext): string {
    const { id, key } = this.sealing;
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, key.reveal(), nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(additionalData(id, context));
    const sealed = [nonce, cipher.update(secret.reveal(), 'utf8'), cipher.final(), cipher.getAuthTag()];
    return `${FORMAT}.${id}.${Buffer.concat(sealed).toString('base64url')}`;
  }

  /** @throws UnsealError whatever is wrong with it, without a hint at the content */
  open(sealed: string, context: SealContext): Secret {
    const [format, id = '', encoded = '', ...rest] = sealed.split('.');
    const key = this.keys.get(id)?.key;
    if (format !== FORMAT || rest.length > 0)
      throw new UnsealError('The sealed secret has an unknown format');
    if (key === undefined)
      throw new UnsealError(`The secret was sealed with the key "${id}", which is not in the ring`);
    const bytes = Buffer.from(encoded, 'base64url');
    // Node's decoder skips foreign characters and spare bits; a seal that is not exactly as written was tampered with.
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
      throw new UnsealError('The sealed secret does not open', { cause: error });
    }
  }

  /** Whether a seal holds exactly this secret; one that does not open holds nothing. */
  holds(sealed: string, context: SealContext, secret: Secret): boolean {
    try {
      return this.open(sealed, context).reveal() === secret.reveal();
    } catch (error) {
      if (error instanceof UnsealError) return false;
      throw error;
    }
  }

  /** 32 bytes for another purpose, which say nothing about the key they come from (RFC 5869). */
  derive(purpose: string): Buffer {
    return derived(this.sealing, purpose);
  }

  /** A MAC over a text, `<key id>.<base64url>`; only who has the key can make one. */
  sign(purpose: string, text: string): string {
    const { id } = this.sealing;
    return `${id}.${this.macOf(this.sealing, purpose, text).toString('base64url')}`;
  }

  /** The MACs over a text under every key, that of {@link sign} first: finds what was stored before a key rotation. */
  signatures(purpose: string, text: string): readonly string[] {
    return [...this.keys.values()].map(
      (key) => `${key.id}.${this.macOf(key, purpose, text).toString('base64url')}`,
    );
  }

  /** Whether a MAC was made over exactly this text with a key of the ring. */
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
