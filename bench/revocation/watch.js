import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';

/** Between the answer to one use and the next use. */
const POLL_MS = 3;
/** A use may succeed again after the first refusal, so uses continue for this time. */
const SETTLED_MS = 300;
const GIVE_UP_MS = 5_000;

/**
 * Uses an access at several nodes until it has been refused everywhere.
 * @param uses one function for each node, which tells whether the use succeeded
 * @param revoke resolves at the success of the revocation
 * @returns milliseconds from the success of the revocation to the answer to the last successful use; 0 if there was none
 */
export async function lastUseAfter(revoke, uses) {
  const watches = uses.map((use) => new Watch(use));
  const refused = Promise.all(watches.map((watch) => watch.untilRefused()));
  // Every node has seen the access before it is revoked.
  await Promise.race([Promise.all(watches.map((watch) => watch.used)), refused]);
  await revoke();
  const revokedAt = performance.now();
  for (const watch of watches) watch.giveUpAt = revokedAt + GIVE_UP_MS;
  const lastUses = await refused;
  return Math.max(0, Math.max(...lastUses) - revokedAt);
}

class Watch {
  giveUpAt = performance.now() + GIVE_UP_MS;
  #firstUse = Promise.withResolvers();

  constructor(use) {
    this.use = use;
  }

  get used() {
    return this.#firstUse.promise;
  }

  /** @returns the time of the answer to the last successful use */
  async untilRefused() {
    let [usedAt, refusedAt] = [-Infinity, Infinity];
    for (let now = performance.now(); now < this.giveUpAt && now - refusedAt < SETTLED_MS;) {
      const succeeded = await this.use();
      now = performance.now();
      if (succeeded) {
        [usedAt, refusedAt] = [now, Infinity];
        this.#firstUse.resolve();
      } else if (usedAt === -Infinity) throw new Error('The access was refused before it was revoked');
      else refusedAt = Math.min(refusedAt, now);
      await pause(POLL_MS);
    }
    return usedAt;
  }
}
