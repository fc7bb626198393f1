import { randomBytes } from 'node:crypto';
import { Secret } from '@bff/config';
import { type HashingLane, HashingQueue } from './hashing-queue.js';
import { hash, verify } from './hashing-threads.js';
import { normalisedPassword, spellingsOf } from './password-spellings.js';

/** Argon2id (the library's default algorithm) with the parameters of OWASP's Password Storage sheet: 19 MiB, two passes, one lane. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** One for the process, as the threads are. */
const queue = new HashingQueue();

/** Hashes off the event loop. @throws Problem `bff_overloaded` */
export async function hashPassword(password: Secret, lane: HashingLane = 'person'): Promise<Secret> {
  const normalised = normalisedPassword(password.reveal());
  return new Secret(await queue.run(lane, () => hash(normalised, PARAMETERS)));
}

/**
 * Compares at the same cost whether there is a hash or not, so that the time tells nobody who has an account
 * (docs/contract.md section 3, `bff_invalid_credentials`).
 */
export class PasswordVerifier {
  private constructor(private readonly nobodysHash: Secret) {}

  static async create(): Promise<PasswordVerifier> {
    return new PasswordVerifier(await hashPassword(new Secret(randomBytes(32).toString('base64'))));
  }

  /** @throws Problem `bff_overloaded` */
  async matches(
    passwordHash: Secret | null,
    password: Secret,
    lane: HashingLane = 'person',
  ): Promise<boolean> {
    const compared = (passwordHash ?? this.nobodysHash).reveal();
    const spellings = spellingsOf(password);
    return queue.run(lane, async () => {
      for (const spelling of spellings) {
        if (await verify(compared, spelling.reveal())) return passwordHash !== null;
      }
      return false;
    });
  }
}
