import { loadConfig, Secret } from '@bff/config';
import { expect, it } from '@jest/globals';
import { hash } from '@node-rs/argon2';
import { Passwords } from './passwords.js';

const passwords = new Passwords(loadConfig({}).passwordHashing);

it("passwords are hashed with argon2id and OWASP's parameters", async () => {
  const hash = await passwords.hash(new Secret('a password'));
  expect(hash.reveal()).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
});

it('a password matches only its own hash, and does not match a missing hash', async () => {
  const hash = await passwords.hash(new Secret('a password'));
  expect(await passwords.matches(hash, new Secret('a password'))).toBe(true);
  expect(await passwords.matches(hash, new Secret('A password'))).toBe(false);
  expect(await passwords.matches(null, new Secret('a password'))).toBe(false);
});

it('a comparison without a hash takes as long as one with a hash', async () => {
  const hash = await passwords.hash(new Secret('a password'));
  const cpu = async (given: Secret | null): Promise<number> => {
    const startedAt = process.cpuUsage();
    for (let round = 0; round < 10; round += 1) await passwords.matches(given, new Secret('another'));
    const { user, system } = process.cpuUsage(startedAt);
    return user + system;
  };
  await cpu(hash);
  const ratio = (await cpu(null)) / (await cpu(hash));
  expect(ratio).toBeGreaterThan(0.5);
  expect(ratio).toBeLessThan(2);
});

const COMPOSED = 'Pässwörter für Réné';
const DECOMPOSED = COMPOSED.normalize('NFD');
/** One letter composed, the others decomposed, as some input methods produce it. */
const MIXED = DECOMPOSED.replace('a\u0308', 'ä');

it.each([COMPOSED, DECOMPOSED, MIXED])('all spellings of a password match its hash', async (chosen) => {
  const stored = await passwords.hash(new Secret(chosen));
  for (const typed of [COMPOSED, DECOMPOSED, MIXED]) {
    expect(await passwords.matches(stored, new Secret(typed))).toBe(true);
  }
  expect(await passwords.matches(stored, new Secret('Passworter fur Rene'))).toBe(false);
});

it.each<[stored: string, typed: readonly string[]]>([
  [COMPOSED, [COMPOSED, DECOMPOSED, MIXED]],
  [DECOMPOSED, [DECOMPOSED, COMPOSED, MIXED]],
  [MIXED, [MIXED]],
])('a hash of a password that was not normalised still matches', async (as, spellings) => {
  const stored = new Secret(await hash(as, { memoryCost: 8, timeCost: 1, parallelism: 1 }));
  for (const typed of spellings) expect(await passwords.matches(stored, new Secret(typed))).toBe(true);
});
