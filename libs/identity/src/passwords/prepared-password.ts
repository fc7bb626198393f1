import { type Secret } from '@bff/config';
import { Injectable } from '@nestjs/common';
import { type HashingLane } from './hashing-queue.js';
import { Passwords } from './passwords.js';

/** A password that was compared and hashed before the directory is locked, so that no other change waits for the hashing. */
export interface PreparedPassword {
  readonly password: Secret;
  /** The stored hash that it was compared with. */
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
   * @param stored the hash that the directory holds
   * @param lane `person` if a person waits for this user alone
   * @throws Problem `bff_overloaded`
   */
  async prepare(
    password: Secret,
    stored: Secret | null,
    lane: HashingLane = 'person',
  ): Promise<PreparedPassword> {
    const isSame = stored !== null && (await this.passwords.matches(stored, password, lane));
    return { password, stored, lane, hash: isSame ? null : await this.passwords.hash(password, lane) };
  }

  /**
   * The hash to store. A password that was changed after the preparation is compared again.
   * @param stored the hash that the transaction reads
   * @returns null if the password matches the stored one
   */
  async hashFor(prepared: PreparedPassword, stored: Secret | null): Promise<Secret | null> {
    if (stored?.reveal() === prepared.stored?.reveal()) return prepared.hash;
    return (await this.prepare(prepared.password, stored, prepared.lane)).hash;
  }
}
