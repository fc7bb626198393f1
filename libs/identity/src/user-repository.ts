import { randomUUID } from 'node:crypto';
import { Secret } from '@bff/config';
import { type GlobalRole, type Orm, type PutOutcome, users } from '@bff/database';
import { type Keyring, type SealContext } from '@bff/secrets';
import { eq } from 'drizzle-orm';
import { hashPassword, PasswordVerifier } from './passwords.js';
import { emailKey, type User } from './user.js';

/** A user as an operator states it; members that are absent stay as they are. */
export interface UserStatement {
  readonly email: string;
  readonly name?: string | undefined;
  readonly role?: GlobalRole | undefined;
  readonly password?: Secret | undefined;
  readonly identity?: { readonly issuer: string; readonly subject: string } | undefined;
  readonly totpSecret?: Secret | undefined;
}

type Row = typeof users.$inferSelect;

/** A user with the identity that a provider knows them by. */
export type StoredUser = User & Pick<Row, 'identityIssuer' | 'identitySubject'>;

export async function readUsers(orm: Orm): Promise<readonly StoredUser[]> {
  return orm.select().from(users).orderBy(users.emailKey);
}

export async function removeUser(orm: Orm, id: string): Promise<void> {
  await orm.delete(users).where(eq(users.id, id));
}

/** Creates or changes the users that an operator states; one e-mail address is one user. */
export class UserWriter {
  private constructor(
    private readonly keyring: Keyring,
    private readonly passwords: PasswordVerifier,
  ) {}

  static async create(keyring: Keyring): Promise<UserWriter> {
    return new UserWriter(keyring, await PasswordVerifier.create());
  }

  /** @param version the directory's version under which the change will count */
  async put(
    orm: Orm,
    statement: UserStatement,
    version: number,
  ): Promise<{ id: string; outcome: PutOutcome }> {
    const key = emailKey(statement.email);
    const [known] = await orm.select().from(users).where(eq(users.emailKey, key));
    const id = known?.id ?? randomUUID();
    const changes: Partial<typeof users.$inferInsert> = {};
    if (statement.email !== known?.email) changes.email = statement.email;
    if (statement.name !== undefined && statement.name !== known?.name) changes.name = statement.name;
    if (statement.role !== undefined && statement.role !== known?.role) changes.role = statement.role;
    const { identity } = statement;
    if (
      identity !== undefined &&
      (identity.issuer !== known?.identityIssuer || identity.subject !== known.identitySubject)
    ) {
      changes.identityIssuer = identity.issuer;
      changes.identitySubject = identity.subject;
    }
    if (statement.password !== undefined && !(await this.hasPassword(known, statement.password))) {
      changes.passwordHash = (await hashPassword(statement.password)).reveal();
    }
    if (statement.totpSecret !== undefined && !this.hasTotpSecret(known, statement.totpSecret)) {
      changes.sealedTotpSecret = this.keyring.seal(statement.totpSecret, totpContext(id, version));
      changes.totpVersion = version;
    }
    if (known === undefined) {
      const name = statement.name ?? statement.email;
      await orm
        .insert(users)
        .values({ role: 'user', ...changes, id, emailKey: key, email: statement.email, name });
      return { id, outcome: 'created' };
    }
    if (Object.keys(changes).length === 0) return { id, outcome: 'unchanged' };
    await orm
      .update(users)
      .set({ ...changes, updatedAt: new Date() })
      .where(eq(users.id, id));
    return { id, outcome: 'updated' };
  }

  private async hasPassword(known: Row | undefined, password: Secret): Promise<boolean> {
    if (known === undefined || known.passwordHash === null) return false;
    return this.passwords.matches(new Secret(known.passwordHash), password);
  }

  private hasTotpSecret(known: Row | undefined, totpSecret: Secret): boolean {
    if (known === undefined || known.sealedTotpSecret === null || known.totpVersion === null) return false;
    const context = totpContext(known.id, known.totpVersion);
    return this.keyring.holds(known.sealedTotpSecret, context, totpSecret);
  }
}

function totpContext(userId: string, version: number): SealContext {
  return { kind: 'totp', owner: userId, version };
}
