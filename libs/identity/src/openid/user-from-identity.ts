import { randomUUID } from 'node:crypto';
import { type Orm, users } from '@bff/database';
import { isEmail } from 'class-validator';
import { findUser, findUserWithIdentity } from '../users/user-queries.js';
import { VISIBLE_TEXT } from '../users/user.js';

/**
 * Creates the user of a provider's subject, with no admin role and no membership. The claimed e-mail address
 * is only displayed, unless another user has it. Users are not found by it, so that a user whom an operator
 * creates with that address is never confused with this one (docs/security-requirements.md AUT-04).
 * @returns the id; undefined if a user with this identity exists
 */
export async function createFromIdentity(
  orm: Orm,
  { issuer, subject }: { readonly issuer: string; readonly subject: string },
  { email: claimedEmail, name: claimedName }: Readonly<Record<string, unknown>>,
): Promise<string | undefined> {
  if ((await findUserWithIdentity(orm, { issuer, subject })) !== undefined) return undefined;
  const id = randomUUID();
  const isAddress =
    typeof claimedEmail === 'string' && VISIBLE_TEXT.test(claimedEmail) && isEmail(claimedEmail);
  const claimed = isAddress ? claimedEmail : undefined;
  const isFree = claimed !== undefined && (await findUser(orm, claimed)) === undefined;
  // RFC 2606: names under .invalid are never registered.
  const email = isFree ? claimed : `${id}@${new URL(issuer).hostname}.invalid`;
  const isName = typeof claimedName === 'string' && /^[^\p{Cc}]{1,255}$/u.test(claimedName);
  const name = isName ? claimedName : email;
  await orm.insert(users).values({
    ...{ id, email, emailKey: id, name, role: 'user' },
    ...{ identityIssuer: issuer, identitySubject: subject },
  });
  return id;
}
