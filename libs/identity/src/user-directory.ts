import { Secret } from '@bff/config';
import { Directory, type Orm, users } from '@bff/database';
import { Injectable } from '@nestjs/common';
import { emailKey, identityKey, type User } from './user.js';

/** The sealed secret of a second factor, with the version under which it was sealed. */
export interface SealedTotp {
  readonly sealedSecret: string;
  readonly version: number;
}

/** A user with what proves that it is they. */
export interface Account {
  readonly user: User;
  readonly passwordHash: Secret | null;
  readonly totp: SealedTotp | null;
  /** What a provider knows the user by. */
  readonly identity: { readonly issuer: string; readonly subject: string } | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

interface Snapshot {
  readonly byId: ReadonlyMap<string, Account>;
  readonly byEmail: ReadonlyMap<string, Account>;
  readonly byIdentity: ReadonlyMap<string, Account>;
}

/** The users, read from memory on the request path. */
@Injectable()
export class UserDirectory {
  private snapshot: Snapshot = { byId: new Map(), byEmail: new Map(), byIdentity: new Map() };

  constructor(directory: Directory) {
    directory.register(async (orm) => {
      const snapshot = await readSnapshot(orm);
      return () => {
        this.snapshot = snapshot;
      };
    });
  }

  /** A user who may act: known and not disabled. */
  findActive(id: string): User | undefined {
    const user = this.snapshot.byId.get(id)?.user;
    return user?.disabled === false ? user : undefined;
  }

  accountWithId(id: string): Account | undefined {
    return this.snapshot.byId.get(id);
  }

  /** The user whom a provider knows by a subject; nothing else of what a provider says decides who somebody is. */
  withIdentity(issuer: string, subject: string): User | undefined {
    return this.snapshot.byIdentity.get(identityKey(issuer, subject))?.user;
  }

  accountOf(email: string): Account | undefined {
    return this.snapshot.byEmail.get(emailKey(email));
  }

  /** By e-mail address as it is compared, in its order. */
  all(): ReadonlyMap<string, Account> {
    return this.snapshot.byEmail;
  }
}

async function readSnapshot(orm: Orm): Promise<Snapshot> {
  const byId = new Map<string, Account>();
  const byEmail = new Map<string, Account>();
  const byIdentity = new Map<string, Account>();
  for (const row of await orm.select().from(users)) {
    const { id, email, name, role, disabled, powersVersion, sessionsVersion } = row;
    const { passwordHash, sealedTotpSecret, totpVersion, identityIssuer, identitySubject } = row;
    const identity =
      identityIssuer === null || identitySubject === null
        ? null
        : { issuer: identityIssuer, subject: identitySubject };
    const account: Account = {
      user: Object.freeze({
        ...{ id, email, name, role, disabled, hasPassword: passwordHash !== null },
        ...{ powersVersion, sessionsVersion },
      }),
      passwordHash: passwordHash === null ? null : new Secret(passwordHash),
      totp:
        sealedTotpSecret === null || totpVersion === null
          ? null
          : { sealedSecret: sealedTotpSecret, version: totpVersion },
      identity,
      createdAt: row.createdAt,
      updatedAt: row.updatedAt,
    };
    byId.set(id, account);
    byEmail.set(row.emailKey, account);
    if (identity !== null) byIdentity.set(identityKey(identity.issuer, identity.subject), account);
  }
  // By code units, as page tokens compare them; a database would order by its locale.
  const inOrder = new Map([...byEmail].sort(([a], [b]) => (a < b ? -1 : 1)));
  return { byId, byEmail: inOrder, byIdentity };
}
