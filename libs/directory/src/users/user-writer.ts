import { randomUUID } from 'node:crypto';
import { Secret } from '@bff/config';
import { type GlobalRole, type PutOutcome, users } from '@bff/database';
import {
  emailKey,
  findUser,
  findUserWithIdentity,
  PasswordPreparation,
  type PreparedPassword,
  type StoredUser,
  totpContext,
} from '@bff/identity';
import { Keyring } from '@bff/secrets';
import { Injectable } from '@nestjs/common';
import { eq } from 'drizzle-orm';
import { type DirectoryTransaction } from '../directory-writer.js';

/** The desired state of a user; absent members remain unchanged. */
export interface UserStatement {
  readonly email?: string | undefined;
  readonly name?: string | undefined;
  readonly role?: GlobalRole | undefined;
  readonly password?: PreparedPassword | undefined;
  readonly identity?: { readonly issuer: string; readonly subject: string } | undefined;
  readonly totpSecret?: Secret | undefined;
  readonly disabled?: boolean | undefined;
}

export interface UserOutcome {
  readonly id: string;
  readonly outcome: PutOutcome;
}

type Columns = Partial<typeof users.$inferInsert>;

/** Creates, changes and removes users; one e-mail address is one user. */
@Injectable()
export class UserWriter {
  constructor(
    private readonly keyring: Keyring,
    private readonly passwords: PasswordPreparation,
  ) {}

  /**
   * Creates the user of an e-mail address, or changes it. A user created by a provider sign-in gets the
   * address if the statement has their identity.
   */
  async put(
    transaction: DirectoryTransaction,
    statement: UserStatement & { readonly email: string },
  ): Promise<UserOutcome> {
    const { orm, note } = transaction;
    const known =
      (await findUser(orm, statement.email)) ?? (await withoutAddress(transaction, statement.identity));
    if (known !== undefined) return this.change(transaction, known, statement);
    const id = randomUUID();
    const { email, role = 'user' } = statement;
    const columns = await this.columnsOf(transaction, undefined, id, statement);
    await orm.insert(users).values({ role, name: email, ...columns, id, email, emailKey: emailKey(email) });
    note({ record: 'user', id, tenantId: null, action: 'created', members: membersOf(statement), role });
    return { id, outcome: 'created' };
  }

  /** Changes an existing user. */
  async change(
    transaction: DirectoryTransaction,
    known: StoredUser,
    statement: UserStatement,
  ): Promise<UserOutcome> {
    const { id } = known;
    const columns = await this.columnsOf(transaction, known, id, statement);
    const members = membersOf(statement).filter((member) => COLUMN_OF[member] in columns);
    if (members.length === 0) return { id, outcome: 'unchanged' };
    await transaction.orm
      .update(users)
      .set({ ...columns, updatedAt: new Date() })
      .where(eq(users.id, id));
    const { role, disabled } = columns;
    transaction.note({
      ...{ record: 'user', id, tenantId: null, action: 'updated', members },
      ...(role !== undefined && { role }),
      ...(disabled !== undefined && { disabled }),
    });
    return { id, outcome: 'updated' };
  }

  async remove({ orm, note }: DirectoryTransaction, id: string): Promise<void> {
    await orm.delete(users).where(eq(users.id, id));
    note({ record: 'user', id, tenantId: null, action: 'removed' });
  }

  /** Returns the columns that the statement changes, with the versions that end sessions and elevations. */
  private async columnsOf(
    { version }: DirectoryTransaction,
    known: StoredUser | undefined,
    id: string,
    { email, name, role, identity, password, totpSecret, disabled }: UserStatement,
  ): Promise<Columns> {
    const columns: Columns = {};
    if (email !== undefined && (email !== known?.email || emailKey(email) !== known.emailKey)) {
      columns.email = email;
      columns.emailKey = emailKey(email);
    }
    if (name !== undefined && name !== known?.name) columns.name = name;
    if (role !== undefined && role !== known?.role) {
      columns.role = role;
      columns.powersVersion = version;
    }
    if (
      identity !== undefined &&
      (identity.issuer !== known?.identityIssuer || identity.subject !== known.identitySubject)
    ) {
      columns.identityIssuer = identity.issuer;
      columns.identitySubject = identity.subject;
      columns.sessionsVersion = version;
    }
    const hash = password === undefined ? null : await this.passwords.hashFor(password, hashOf(known));
    if (hash !== null) {
      columns.passwordHash = hash.reveal();
      columns.sessionsVersion = version;
    }
    if (totpSecret !== undefined && !this.hasTotpSecret(known, totpSecret)) {
      columns.sealedTotpSecret = this.keyring.seal(totpSecret, totpContext(id, version));
      columns.totpVersion = version;
      columns.powersVersion = version;
    }
    if (disabled !== undefined && disabled !== (known?.disabled ?? false)) {
      columns.disabled = disabled;
      columns.sessionsVersion = version;
    }
    return columns;
  }

  private hasTotpSecret(known: StoredUser | undefined, totpSecret: Secret): boolean {
    if (known === undefined || known.sealedTotpSecret === null || known.totpVersion === null) return false;
    const context = totpContext(known.id, known.totpVersion);
    return this.keyring.holds(known.sealedTotpSecret, context, totpSecret);
  }
}

/** Finds the user of an identity, if no operator has set an address for them yet. */
async function withoutAddress(
  { orm }: DirectoryTransaction,
  identity: UserStatement['identity'],
): Promise<StoredUser | undefined> {
  if (identity === undefined) return undefined;
  const known = await findUserWithIdentity(orm, identity);
  return known?.emailKey === known?.id ? known : undefined;
}

function hashOf(known: StoredUser | undefined): Secret | null {
  const hash = known?.passwordHash ?? null;
  return hash === null ? null : new Secret(hash);
}

const COLUMN_OF: Readonly<Record<keyof UserStatement, keyof StoredUser>> = {
  email: 'email',
  name: 'name',
  role: 'role',
  password: 'passwordHash',
  identity: 'identityIssuer',
  totpSecret: 'sealedTotpSecret',
  disabled: 'disabled',
};

function membersOf(statement: UserStatement): readonly (keyof UserStatement)[] {
  return (Object.keys(COLUMN_OF) as (keyof UserStatement)[]).filter(
    (member) => statement[member] !== undefined,
  );
}
