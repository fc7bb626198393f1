import { Secret } from '@bff/config';

/**
 * Longer runs of combining marks do not occur in text, and sorting them takes quadratic time (UAX #15,
 * section 13).
 */
const UNNORMALISABLE = /\p{M}{31}/u;

/** Maximum number of code units of a decomposed character (UAX #15). */
const MAX_UNITS_PER_CHARACTER = 4;

/** Returns the NFC form, in which passwords are hashed and counted (NIST SP 800-63B section 5.1.1.2). */
export function normalisedPassword(typed: string): string {
  return UNNORMALISABLE.test(typed) ? typed : typed.normalize('NFC');
}

/** Returns the maximum length, in code units, of an input whose normalised form has this many characters. */
export function maxTypedLength(characters: number): number {
  return characters * MAX_UNITS_PER_CHARACTER;
}

/**
 * Returns the spellings to compare with a stored hash, the most likely first: the normalised form, then the
 * forms that earlier versions hashed without normalisation. Their number depends only on the entered
 * password, so that the response time reveals nothing about the account.
 */
export function spellingsOf(password: Secret): readonly Secret[] {
  const typed = password.reveal();
  const normalised = normalisedPassword(typed);
  const decomposed = UNNORMALISABLE.test(typed) ? typed : typed.normalize('NFD');
  return [...new Set([normalised, typed, decomposed])].map((spelling) => new Secret(spelling));
}
