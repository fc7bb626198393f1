import { Logger } from '@nestjs/common';
import { and, asc, eq, notExists, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import { type Orm } from './connection.js';
import { emailKey } from './email-key.js';
import { users } from './schema.js';

const logger = new Logger('Migrations');

/**
 * Recomputes every {@link emailKey} that an earlier version computed, which SQL cannot do. If the addresses
 * of two users are now equal, both users are kept: the one that already has the key, else the older one, gets
 * it, and a warning names both.
 */
export async function renewEmailKeys(orm: Orm): Promise<void> {
  const known = await orm
    .select({ id: users.id, key: users.emailKey })
    .from(users)
    .where(sql`octet_length(${users.emailKey}) <> char_length(${users.emailKey})`)
    .orderBy(asc(users.createdAt), asc(users.id));
  for (const { id, key } of known) {
    const renewed = emailKey(key);
    if (renewed !== key && !(await renew(orm, id, renewed))) await warn(orm, id, renewed);
  }
}

async function renew(orm: Orm, id: string, key: string): Promise<boolean> {
  const other = alias(users, 'other');
  const taken = orm.select({ id: other.id }).from(other).where(eq(other.emailKey, key));
  const renewed = await orm
    .update(users)
    .set({ emailKey: key })
    .where(and(eq(users.id, id), notExists(taken)))
    .returning({ id: users.id });
  return renewed.length > 0;
}

async function warn(orm: Orm, id: string, key: string): Promise<void> {
  const [owner] = await orm.select({ id: users.id }).from(users).where(eq(users.emailKey, key));
  logger.warn(
    `The users ${owner?.id ?? 'unknown'} and ${id} have the same e-mail address; only the first can sign in with it. ` +
      'Change the address of one of them.',
  );
}
