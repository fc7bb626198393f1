/** Contract.md section 4; ASVS 6.2.1 and 6.2.4. */
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

/** What is wrong with a new password, as the end of a sentence; undefined where nothing is. */
export async function passwordFlaw(password: string): Promise<string | undefined> {
  const { length } = [...password];
  if (length < MIN_PASSWORD_LENGTH) return `must have at least ${MIN_PASSWORD_LENGTH} characters`;
  if (length > MAX_PASSWORD_LENGTH) return `must have at most ${MAX_PASSWORD_LENGTH} characters`;
  return isCommon(password.toLowerCase(), await commonPasswords()) ? 'must not be a common one' : undefined;
}

/** On the list as it stands, without what people put around a word to make it longer, or as a repetition of it. */
function isCommon(password: string, common: ReadonlySet<string>): boolean {
  const word = password.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
  const unit = /^(.+?)\1+$/s.exec(password)?.[1];
  return [password, word, unit].some(
    (text) => text !== undefined && text !== '' && (common.has(text) || text.length < 4),
  );
}
