import { Secret } from '@bff/config';
import { changedOnly, type ChangedRows, changeSorted, Directory, type Orm, users } from '@bff/database';
import { Problem } from '@bff/problems';
import { Injectable } from '@nestjs/common';
import { emailKey, identityKey, type User } from './user.js';

/** The sealed secret of a second factor, with the version under which it was sealed. */
export interface SealedTotp {
  readonly sealedSecret: string;
  readonly version: number;
}

/** A user with their credentials. */
export interface Account {
  readonly user: User;
  /** The normalised e-mail address; the user id if no operator has set an address. */
  readonly emailKey: string;
  readonly passwordHash: Secret | null;
  readonly totp: SealedTotp | null;
  /** The user's identity at an OpenID provider. */
  readonly identity: { readonly issuer: string; readonly subject: string } | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

interface Snapshot {
  readonly byId: ReadonlyMap<string, Account>;
  readonly byEmail: ReadonlyMap<string, Account>;
  readonly byIdentity: ReadonlyMap<string, Account>;
}

const EMPTY: Snapshot = { byId: new Map(), byEmail: new Map(), byIdentity: new Map() };

/** The users, read from memory on the request path. */
@Injectable()
export class UserDirectory {
  private snapshot = EMPTY;

  constructor(private readonly directory: Directory) {
    directory.register(async (orm, changed) => {
      const snapshot = await this.read(orm, changed);
      return () => {
        this.snapshot = snapshot;
      };
    });
  }

  /**
   * Ensures that changes of the directory arrive, so that nobody signs in who was disabled meanwhile.
   * @throws Problem `bff_directory_unavailable`
   */
  ensureCurrent(): void {
    if (!this.directory.isReachable()) throw new Problem('bff_directory_unavailable');
  }

  /** Returns the user if it exists and is not disabled. */
  findActive(id: string): User | undefined {
    const user = this.snapshot.byId.get(id)?.user;
    return user?.disabled === false ? user : undefined;
  }

  accountWithId(id: string): Account | undefined {
    return this.snapshot.byId.get(id);
  }

  /** Finds a user by issuer and subject, the only claims that identify a user. */
  withIdentity(issuer: string, subject: string): User | undefined {
    return this.snapshot.byIdentity.get(identityKey(issuer, subject))?.user;
  }

  accountOf(email: string): Account | undefined {
    return this.snapshot.byEmail.get(emailKey(email));
  }

  /** All accounts by normalised e-mail address, in its order. */
  all(): ReadonlyMap<string, Account> {
    return this.snapshot.byEmail;
  }

  /** Keeps the objects of unchanged users. */
  private async read(orm: Orm, changed: ChangedRows | null): Promise<Snapshot> {
    const rows = await orm
      .select()
      .from(users)
      .where(changedOnly(changed, 'users', users.id));
    const before = changed === null ? EMPTY : this.snapshot;
    const replaced = (changed?.of('users') ?? []).flatMap((id) => before.byId.get(id) ?? []);
    return withChanges(before, replaced, rows.map(accountOf));
  }
}

function withChanges(before: Snapshot, replaced: readonly Account[], accounts: readonly Account[]): Snapshot {
  if (replaced.length + accounts.length === 0) return before;
  const byId = new Map(before.byId);
  const byIdentity = new Map(before.byIdentity);
  for (const { user, identity } of replaced) {
    byId.delete(user.id);
    if (identity !== null) byIdentity.delete(identityKey(identity.issuer, identity.subject));
  }
  for (const account of accounts) {
    const { user, identity } = account;
    byId.set(user.id, account);
    if (identity !== null) byIdentity.set(identityKey(identity.issuer, identity.subject), account);
  }
  const byEmail = changeSorted(
    before.byEmail,
    replaced.map(({ emailKey: key }) => key),
    accounts.map((account) => [account.emailKey, account]),
  );
  return { byId, byEmail, byIdentity };
}

function accountOf(row: typeof users.$inferSelect): Account {
  const { id, email, name, role, disabled, powersVersion, sessionsVersion } = row;
  const { passwordHash, sealedTotpSecret, totpVersion, identityIssuer, identitySubject } = row;
  return {
    user: Object.freeze({
      ...{ id, email, name, role, disabled, hasPassword: passwordHash !== null },
      ...{ powersVersion, sessionsVersion },
    }),
    emailKey: row.emailKey,
    passwordHash: passwordHash === null ? null : new Secret(passwordHash),
    totp:
      sealedTotpSecret === null || totpVersion === null
        ? null
        : { sealedSecret: sealedTotpSecret, version: totpVersion },
    identity:
      identityIssuer === null || identitySubject === null
        ? null
        : { issuer: identityIssuer, subject: identitySubject },
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}
