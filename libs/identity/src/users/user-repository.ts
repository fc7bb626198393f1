import { randomUUID } from 'node:crypto';
import { Secret } from '@bff/config';
import { type GlobalRole, type Orm, type PutOutcome, users } from '@bff/database';
import { Keyring } from '@bff/secrets';
import { Injectable } from '@nestjs/common';
import { isEmail } from 'class-validator';
import { and, eq, ne } from 'drizzle-orm';
import { type HashingLane } from '../passwords/hashing-queue.js';
import { hashPassword, PasswordVerifier } from '../passwords/passwords.js';
import { totpContext } from '../one-time-codes/totp.js';
import { emailKey, VISIBLE_TEXT } from './user.js';

/** A password, compared and hashed before the directory is locked: every other change would wait for the hashing too. */
export interface PreparedPassword {
  readonly password: Secret;
  /** The stored hash that it was compared with. */
  readonly stored: Secret | null;
  readonly lane: HashingLane;
  /** The new hash; null where the password matches the stored one. */
  readonly hash: Secret | null;
}

/** A user as somebody states it; members that are absent stay as they are. */
export interface UserStatement {
  readonly email?: string | undefined;
  readonly name?: string | undefined;
  readonly role?: GlobalRole | undefined;
  readonly password?: PreparedPassword | undefined;
  readonly identity?: { readonly issuer: string; readonly subject: string } | undefined;
  readonly totpSecret?: Secret | undefined;
  readonly disabled?: boolean | undefined;
}

export type StoredUser = typeof users.$inferSelect;

/** What became of a user, and which members changed. */
export interface UserPut {
  readonly id: string;
  readonly outcome: PutOutcome;
  readonly members: readonly string[];
  /** What the user may do since. */
  readonly powers: { readonly role?: GlobalRole; readonly disabled?: boolean };
}

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

export async function removeUser(orm: Orm, id: string): Promise<void> {
  await orm.delete(users).where(eq(users.id, id));
}

/** Whether somebody else is an admin who can act. */
export async function hasOtherAdmin(orm: Orm, id: string): Promise<boolean> {
  const others = await orm
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.role, 'admin'), eq(users.disabled, false), ne(users.id, id)))
    .limit(1);
  return others.length > 0;
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

/**
 * Creates somebody whom a provider knows, without a role or a membership. The address that the provider names
 * is shown where it is nobody's yet, and is no key: nobody is found by it, so that a record which an operator
 * writes for that address never becomes a stranger's (docs/security-requirements.md AUT-04).
 * @returns undefined where the identity is known by now
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
  // RFC 2606: a name under .invalid is nobody's.
  const email = isFree ? claimed : `${id}@${new URL(issuer).hostname}.invalid`;
  const isName = typeof claimedName === 'string' && /^[^\p{Cc}]{1,255}$/u.test(claimedName);
  const name = isName ? claimedName : email;
  await orm.insert(users).values({
    ...{ id, email, emailKey: id, name, role: 'user' },
    ...{ identityIssuer: issuer, identitySubject: subject },
  });
  return id;
}

/** Replaces a password; sessions that began with the one before are over, those that are just beginning among them. */
export async function setPassword(orm: Orm, id: string, hash: Secret, version: number): Promise<void> {
  await orm
    .update(users)
    .set({ passwordHash: hash.reveal(), sessionsVersion: version, updatedAt: new Date() })
    .where(eq(users.id, id));
}

/** Creates or changes users; one e-mail address is one user. */
@Injectable()
export class UserWriter {
  constructor(
    private readonly keyring: Keyring,
    private readonly passwords: PasswordVerifier,
  ) {}

  /**
   * Compares and hashes a password, outside of any transaction.
   * @param stored the hash that the directory holds
   * @param lane whether somebody waits for this user alone
   */
  async prepare(
    password: Secret,
    stored: Secret | null,
    lane: HashingLane = 'person',
  ): Promise<PreparedPassword> {
    const isSame = stored !== null && (await this.passwords.matches(stored, password, lane));
    return { password, stored, lane, hash: isSame ? null : await hashPassword(password, lane) };
  }

  /**
   * Creates the user of an e-mail address, or changes it. Who came by themselves, by the identity that is stated, gets
   * the address with the statement.
   * @param version the directory's version under which the change will count
   */
  async put(
    orm: Orm,
    statement: UserStatement & { readonly email: string },
    version: number,
  ): Promise<UserPut> {
    const known = (await findUser(orm, statement.email)) ?? (await this.selfMade(orm, statement));
    if (known !== undefined) return this.change(orm, known, statement, version);
    const id = randomUUID();
    const { email } = statement;
    const changes = await this.changesTo(undefined, id, statement, version);
    await orm
      .insert(users)
      .values({ role: 'user', name: email, ...changes, id, email, emailKey: emailKey(email) });
    const { role = 'user' } = statement;
    return { id, outcome: 'created', members: membersOf(statement), powers: { role } };
  }

  /** A user whom nobody has given an address yet, where the statement names their identity. */
  private async selfMade(orm: Orm, { identity }: UserStatement): Promise<StoredUser | undefined> {
    if (identity === undefined) return undefined;
    const known = await findUserWithIdentity(orm, identity);
    return known?.emailKey === known?.id ? known : undefined;
  }

  /** Changes a user who is there. */
  async change(orm: Orm, known: StoredUser, statement: UserStatement, version: number): Promise<UserPut> {
    const { id } = known;
    const changes = await this.changesTo(known, id, statement, version);
    const members = membersOf(statement).filter((member) =>
      changedColumns[member].some((column) => column in changes),
    );
    if (members.length === 0) return { id, outcome: 'unchanged', members, powers: {} };
    await orm
      .update(users)
      .set({ ...changes, updatedAt: new Date() })
      .where(eq(users.id, id));
    const { role, disabled } = changes;
    const powers = { ...(role !== undefined && { role }), ...(disabled !== undefined && { disabled }) };
    return { id, outcome: 'updated', members, powers };
  }

  private async changesTo(
    known: StoredUser | undefined,
    id: string,
    statement: UserStatement,
    version: number,
  ): Promise<Partial<typeof users.$inferInsert>> {
    const { email, name, role, identity, password, totpSecret, disabled } = statement;
    const changes: Partial<typeof users.$inferInsert> = {};
    if (email !== undefined && (email !== known?.email || emailKey(email) !== known.emailKey)) {
      changes.email = email;
      changes.emailKey = emailKey(email);
    }
    if (name !== undefined && name !== known?.name) changes.name = name;
    if (role !== undefined && role !== known?.role) {
      changes.role = role;
      changes.powersVersion = version;
    }
    if (
      identity !== undefined &&
      (identity.issuer !== known?.identityIssuer || identity.subject !== known.identitySubject)
    ) {
      changes.identityIssuer = identity.issuer;
      changes.identitySubject = identity.subject;
      changes.sessionsVersion = version;
    }
    const hash = password === undefined ? null : await this.hashOf(password, known);
    if (hash !== null) {
      changes.passwordHash = hash.reveal();
      changes.sessionsVersion = version;
    }
    if (totpSecret !== undefined && !this.hasTotpSecret(known, totpSecret)) {
      changes.sealedTotpSecret = this.keyring.seal(totpSecret, totpContext(id, version));
      changes.totpVersion = version;
      changes.powersVersion = version;
    }
    if (disabled !== undefined && disabled !== (known?.disabled ?? false)) {
      changes.disabled = disabled;
      changes.sessionsVersion = version;
    }
    return changes;
  }

  /** A password that was changed after the comparison is compared again. @returns null where it is the stored one */
  private async hashOf(prepared: PreparedPassword, known: StoredUser | undefined): Promise<Secret | null> {
    const stored = known?.passwordHash ?? null;
    if (stored === (prepared.stored?.reveal() ?? null)) return prepared.hash;
    const { password, lane } = prepared;
    return (await this.prepare(password, stored === null ? null : new Secret(stored), lane)).hash;
  }

  private hasTotpSecret(known: StoredUser | undefined, totpSecret: Secret): boolean {
    if (known === undefined || known.sealedTotpSecret === null || known.totpVersion === null) return false;
    const context = totpContext(known.id, known.totpVersion);
    return this.keyring.holds(known.sealedTotpSecret, context, totpSecret);
  }
}

/** In which columns a member of a statement is kept. */
const changedColumns: Readonly<Record<keyof UserStatement, readonly (keyof StoredUser)[]>> = {
  email: ['email'],
  name: ['name'],
  role: ['role'],
  password: ['passwordHash'],
  identity: ['identityIssuer', 'identitySubject'],
  totpSecret: ['sealedTotpSecret'],
  disabled: ['disabled'],
};

function membersOf(statement: UserStatement): readonly (keyof UserStatement)[] {
  return (Object.keys(changedColumns) as (keyof UserStatement)[]).filter(
    (member) => statement[member] !== undefined,
  );
}
