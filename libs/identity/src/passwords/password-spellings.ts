import { Secret } from '@bff/config';

/** Longer runs of combining marks are no spelling of anything, and sorting them costs their square (UAX #15, section 13). */
const UNNORMALISABLE = /\p{M}{31}/u;

/** A character has at most four code units when it is decomposed (UAX #15). */
const MAX_UNITS_PER_CHARACTER = 4;

/** The form in which passwords are hashed and their characters counted (NIST SP 800-63B section 5.1.1.2): NFC. */
export function normalisedPassword(typed: string): string {
  return UNNORMALISABLE.test(typed) ? typed : typed.normalize('NFC');
}

/** The longest input, in code units, whose normalised form can have so many characters. */
export function maxTypedLength(characters: number): number {
  return characters * MAX_UNITS_PER_CHARACTER;
}

/**
 * What a stored hash may have been made of, the likeliest first: the normalised form, or for hashes of earlier versions the
 * password as it was typed then. How many there are depends on the typed password alone, so that time tells nothing of an
 * account.
 */
export function spellingsOf(password: Secret): readonly Secret[] {
  const typed = password.reveal();
  const normalised = normalisedPassword(typed);
  const decomposed = UNNORMALISABLE.test(typed) ? typed : typed.normalize('NFD');
  return [...new Set([normalised, typed, decomposed])].map((spelling) => new Secret(spelling));
}
