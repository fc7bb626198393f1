import { randomBytes } from 'node:crypto';
import { Secret } from '@bff/config';
import { hash, verify } from '@node-rs/argon2';

/** Argon2id (the library's default algorithm) with the parameters of OWASP's Password Storage sheet: 19 MiB, two passes, one lane. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Hashes off the event loop, on libuv's thread pool. */
export async function hashPassword(password: Secret): Promise<Secret> {
  return new Secret(await hash(password.reveal(), PARAMETERS));
}

/**
 * Compares at the same cost whether there is a hash or not, so that the time tells nobody who has an account
 * (contract.md section 3, `bff_invalid_credentials`).
 */
export class PasswordVerifier {
  private constructor(private readonly nobodysHash: Secret) {}

  static async create(): Promise<PasswordVerifier> {
    return new PasswordVerifier(await hashPassword(new Secret(randomBytes(32).toString('base64'))));
  }

  async matches(passwordHash: Secret | null, password: Secret): Promise<boolean> {
    const matches = await verify((passwordHash ?? this.nobodysHash).reveal(), password.reveal());
    return matches && passwordHash !== null;
  }
}
