import { randomUUID } from 'node:crypto';
import { type Orm, users } from '@bff/database';
import { isEmail } from 'class-validator';
import { findUser, findUserWithIdentity } from '../users/user-queries.js';
import { VISIBLE_TEXT } from '../users/user.js';

/**
 * Creates the user of a provider's subject, without a role or a membership. The address that the provider claims is
 * displayed unless another user has it, and is not a key: no user is found by it, so that a record which an operator
 * creates for that address is never confused with this user (docs/security-requirements.md AUT-04).
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
