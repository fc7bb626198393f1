import { type GlobalRole, type Orm, users } from '@bff/database';
import { and, eq } from 'drizzle-orm';
import { emailKey } from './user.js';

export type StoredUser = typeof users.$inferSelect;

/** All users, in the order of their e-mail addresses. */
export function readUsers(orm: Orm): Promise<readonly StoredUser[]> {
  return orm.select().from(users).orderBy(users.emailKey);
}

export async function readUser(orm: Orm, id: string): Promise<StoredUser | undefined> {
  const [row] = await orm.select().from(users).where(eq(users.id, id));
  return row;
}

export async function findUser(orm: Orm, email: string): Promise<StoredUser | undefined> {
  const [row] = await orm
    .select()
    .from(users)
    .where(eq(users.emailKey, emailKey(email)));
  return row;
}

export async function findUserWithIdentity(
  orm: Orm,
  { issuer, subject }: { readonly issuer: string; readonly subject: string },
): Promise<StoredUser | undefined> {
  const [row] = await orm
    .select()
    .from(users)
    .where(and(eq(users.identityIssuer, issuer), eq(users.identitySubject, subject)));
  return row;
}

/** The users of one global role, disabled ones included. */
export function readUsersWithRole(orm: Orm, role: GlobalRole): Promise<readonly StoredUser[]> {
  return orm.select().from(users).where(eq(users.role, role));
}
