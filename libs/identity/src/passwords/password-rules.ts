import { InvalidInputProblem } from '@bff/problems';
import { normalisedPassword } from './password-spellings.js';

/** In characters of {@link normalisedPassword} (docs/contract.md section 4; ASVS 6.2.1). */
export const MIN_PASSWORD_LENGTH = 12;
export const MAX_PASSWORD_LENGTH = 1024;

let common: Promise<ReadonlySet<string>> | undefined;

/** About 49 000 words, loaded when first needed, because most processes never check a new password. */
function commonPasswords(): Promise<ReadonlySet<string>> {
  common ??= import('@zxcvbn-ts/language-common').then(
    ({ dictionary }) => new Set<string>(dictionary['passwords-common']),
  );
  return common;
}

/**
 * Rejects a common password (ASVS 6.2.4).
 * @param member the name of the password's member in the input
 * @throws InvalidInputProblem
 */
export async function assertNotCommon(member: string, password: string): Promise<void> {
  if (!isCommon(normalisedPassword(password).toLowerCase(), await commonPasswords())) return;
  throw new InvalidInputProblem([`${member} must not be a common password`]);
}

/** Whether a password is on the list, also without leading and trailing non-letters, or as a repetition. */
function isCommon(password: string, common: ReadonlySet<string>): boolean {
  const word = password.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
  const unit = /^(.+?)\1+$/s.exec(password)?.[1];
  return [password, word, unit].some(
    (text) => text !== undefined && text !== '' && (common.has(text) || text.length < 4),
  );
}
