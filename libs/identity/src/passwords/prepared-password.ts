import { type Secret } from '@bff/config';
import { Injectable } from '@nestjs/common';
import { type HashingLane } from './hashing-queue.js';
import { Passwords } from './passwords.js';

/**
 * A password compared and hashed before the directory is locked, so that other changes do not wait for
 * hashing.
 */
export interface PreparedPassword {
  readonly password: Secret;
  /** The stored hash with which the password was compared. */
  readonly stored: Secret | null;
  readonly lane: HashingLane;
  /** The new hash; null if the password matches the stored one. */
  readonly hash: Secret | null;
}

/** Prepares passwords for changes of users. */
@Injectable()
export class PasswordPreparation {
  constructor(private readonly passwords: Passwords) {}

  /**
   * Compares and hashes a password, outside of any transaction.
   * @param stored the stored hash
   * @param lane `interactive` if a user waits for this password
   * @throws Problem `bff_overloaded`
   */
  async prepare(
    password: Secret,
    stored: Secret | null,
    lane: HashingLane = 'interactive',
  ): Promise<PreparedPassword> {
    const isSame = stored !== null && (await this.passwords.matches(stored, password, lane));
    return { password, stored, lane, hash: isSame ? null : await this.passwords.hash(password, lane) };
  }

  /**
   * Returns the hash to store. Compares again if the stored password was changed after the preparation.
   * @param stored the hash that the transaction reads
   * @returns null if the password matches the stored one
   */
  async hashFor(prepared: PreparedPassword, stored: Secret | null): Promise<Secret | null> {
    if (stored?.reveal() === prepared.stored?.reveal()) return prepared.hash;
    return (await this.prepare(prepared.password, stored, prepared.lane)).hash;
  }
}
