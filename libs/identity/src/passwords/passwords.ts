import { randomBytes } from 'node:crypto';
import { type PasswordHashing, Secret } from '@bff/config';
import { type HashingLane, HashingQueue } from './hashing-queue.js';
import { hash, verify } from './hashing-threads.js';
import { normalisedPassword, spellingsOf } from './password-spellings.js';

/** One queue for the process, like the thread pool. */
const queue = new HashingQueue();

/**
 * Hashes and compares passwords off the event loop. A comparison takes the same time with and without a hash,
 * so that it does not reveal which accounts exist (docs/contract.md section 3, `bff_invalid_credentials`).
 */
export class Passwords {
  private readonly dummyHash: Secret;

  constructor(private readonly parameters: PasswordHashing) {
    this.dummyHash = createDummyHash(parameters);
  }

  /** @throws Problem `bff_overloaded` */
  async hash(password: Secret, lane: HashingLane = 'interactive'): Promise<Secret> {
    const normalised = normalisedPassword(password.reveal());
    return new Secret(await queue.run(lane, () => hash(normalised, this.parameters)));
  }

  /** @throws Problem `bff_overloaded` */
  async matches(
    passwordHash: Secret | null,
    password: Secret,
    lane: HashingLane = 'interactive',
  ): Promise<boolean> {
    const compared = (passwordHash ?? this.dummyHash).reveal();
    const spellings = spellingsOf(password);
    return queue.run(lane, async () => {
      for (const spelling of spellings) {
        if (await verify(compared, spelling.reveal())) return passwordHash !== null;
      }
      return false;
    });
  }
}

/**
 * Returns random bytes in the format of a hash, which no password matches and which costs a full comparison.
 */
function createDummyHash({ memoryCost, timeCost, parallelism }: PasswordHashing): Secret {
  const [salt, hash] = [16, 32].map((bytes) => randomBytes(bytes).toString('base64').replaceAll('=', ''));
  return new Secret(`$argon2id$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}$${salt}$${hash}`);
}
