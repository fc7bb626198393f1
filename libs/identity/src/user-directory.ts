import { Secret } from '@bff/config';
import { Directory, type Orm, users } from '@bff/database';
import { Injectable } from '@nestjs/common';
import { emailKey, type User } from './user.js';

/** A user with what proves a password of theirs. */
export interface Account {
  readonly user: User;
  readonly passwordHash: Secret | null;
}

interface Snapshot {
  readonly byId: ReadonlyMap<string, User>;
  readonly byEmail: ReadonlyMap<string, Account>;
}

/** The users, read from memory on the request path. */
@Injectable()
export class UserDirectory {
  private snapshot: Snapshot = { byId: new Map(), byEmail: new Map() };

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
    const user = this.snapshot.byId.get(id);
    return user?.disabled === false ? user : undefined;
  }

  accountOf(email: string): Account | undefined {
    return this.snapshot.byEmail.get(emailKey(email));
  }

  all(): Iterable<User> {
    return this.snapshot.byId.values();
  }
}

async function readSnapshot(orm: Orm): Promise<Snapshot> {
  const byId = new Map<string, User>();
  const byEmail = new Map<string, Account>();
  for (const row of await orm.select().from(users).orderBy(users.emailKey)) {
    const { id, email, name, role, disabled } = row;
    const user: User = Object.freeze({ id, email, name, role, disabled });
    byId.set(id, user);
    byEmail.set(row.emailKey, {
      user,
      passwordHash: row.passwordHash === null ? null : new Secret(row.passwordHash),
    });
  }
  return { byId, byEmail };
}
