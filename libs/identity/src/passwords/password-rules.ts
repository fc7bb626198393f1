import { InvalidInputProblem } from '@bff/problems';
import { normalisedPassword } from './password-spellings.js';

/** In characters of {@link normalisedPassword} (docs/contract.md section 4; ASVS 6.2.1). */
export const MIN_PASSWORD_LENGTH = 12;
export const MAX_PASSWORD_LENGTH = 1024;

let common: Promise<ReadonlySet<string>> | undefined;

/** Some 49 000 words: read when the first password is judged, because most processes judge none. */
function commonPasswords(): Promise<ReadonlySet<string>> {
  common ??= import('@zxcvbn-ts/language-common').then(
    ({ dictionary }) => new Set<string>(dictionary['passwords-common']),
  );
  return common;
}

/** @throws InvalidInputProblem about the member that holds a password which many people have (ASVS 6.2.4) */
export async function assertNotCommon(member: string, password: string): Promise<void> {
  if (!isCommon(normalisedPassword(password).toLowerCase(), await commonPasswords())) return;
  throw new InvalidInputProblem([`${member} must not be a common one`]);
}

/** On the list as it stands, without what people put around a word to make it longer, or as a repetition of it. */
function isCommon(password: string, common: ReadonlySet<string>): boolean {
  const word = password.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
  const unit = /^(.+?)\1+$/s.exec(password)?.[1];
  return [password, word, unit].some(
    (text) => text !== undefined && text !== '' && (common.has(text) || text.length < 4),
  );
}
