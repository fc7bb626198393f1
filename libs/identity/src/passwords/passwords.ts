import { randomBytes } from 'node:crypto';
import { type PasswordHashing, Secret } from '@bff/config';
import { type HashingLane, HashingQueue } from './hashing-queue.js';
import { hash, verify } from './hashing-threads.js';
import { normalisedPassword, spellingsOf } from './password-spellings.js';

/** One for the process, as the threads are. */
const queue = new HashingQueue();

/**
 * Hashes and compares passwords off the event loop. A comparison costs the same whether there is a hash or not, so that
 * the time does not reveal which accounts exist (docs/contract.md section 3, `bff_invalid_credentials`).
 */
export class Passwords {
  private readonly nobodysHash: Secret;

  constructor(private readonly parameters: PasswordHashing) {
    this.nobodysHash = hashOfNoPassword(parameters);
  }

  /** @throws Problem `bff_overloaded` */
  async hash(password: Secret, lane: HashingLane = 'person'): Promise<Secret> {
    const normalised = normalisedPassword(password.reveal());
    return new Secret(await queue.run(lane, () => hash(normalised, this.parameters)));
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

/** Random bytes in place of a hash: compared at the cost of the parameters, and equal to no password's. */
function hashOfNoPassword({ memoryCost, timeCost, parallelism }: PasswordHashing): Secret {
  const [salt, hash] = [16, 32].map((bytes) => randomBytes(bytes).toString('base64').replaceAll('=', ''));
  return new Secret(`$argon2id$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}$${salt}$${hash}`);
}
