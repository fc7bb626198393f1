import { Secret } from '@bff/config';
import {
  type Account,
  findUser,
  findUserWithIdentity,
  newTotpSecret,
  PasswordPreparation,
  readUser,
  readUsersWithRole,
  type StoredUser,
  UserDirectory,
} from '@bff/identity';
import { InvalidInputProblem, Problem } from '@bff/problems';
import { readTenant, TenantDirectory } from '@bff/tenancy';
import { Injectable } from '@nestjs/common';
import { type Actor } from '../actor.js';
import { type DirectoryTransaction, DirectoryWriter } from '../directory-writer.js';
import { type MembershipInput, type NewUserInput, type UserChangesInput } from '../inputs.js';
import { putMemberships } from '../tenants/memberships.js';
import { removesLastAdmin } from './last-admin.js';
import { checkUserInput } from './user-input.js';
import { type UserStatement, UserWriter } from './user-writer.js';

/** A membership with the tenant record that had the id when the change was requested. */
interface RequestedMembership extends MembershipInput {
  readonly recordId: string | undefined;
}

/** Manages single users. */
@Injectable()
export class UserAdministration {
  constructor(
    private readonly users: UserDirectory,
    private readonly tenants: TenantDirectory,
    private readonly directory: DirectoryWriter,
    private readonly writer: UserWriter,
    private readonly passwords: PasswordPreparation,
  ) {}

  /** @throws Problem `bff_not_found` */
  read(id: string): Account {
    const account = this.users.accountWithId(id);
    if (account === undefined) throw new Problem('bff_not_found');
    return account;
  }

  /**
   * @param email the e-mail address; the id for a user created by a provider sign-in, who has no address yet
   * @throws Problem `bff_not_found`
   */
  withEmail(email: string): Account {
    const account = this.users.accountOf(email);
    if (account === undefined)
      throw new Problem('bff_not_found', { detail: 'No user has this e-mail address.' });
    return account;
  }

  /** @throws InvalidInputProblem; Problem `bff_conflict` if the address or the identity is taken */
  async create(actor: Actor, input: NewUserInput): Promise<Account> {
    // The request guard has checked it before the elevation; the command line has not.
    await checkUserInput(input);
    const { email, memberships = [], ...rest } = input;
    const requested = this.requested(memberships);
    const statement = { ...(await this.statementOf(rest, null)), email };
    const id = await this.directory.write(actor, async (transaction) => {
      await assertFree(transaction, input);
      const { id } = await this.writer.put(transaction, statement);
      await putRequested(transaction, id, requested);
      return id;
    });
    return this.read(id);
  }

  /**
   * Changes a user; omitted members and memberships remain unchanged.
   * @throws InvalidInputProblem; Problem `bff_not_found`, or `bff_conflict` if the address or the identity is
   * taken or the user is the last admin
   */
  async update(actor: Actor, id: string, input: UserChangesInput): Promise<Account> {
    await checkUserInput(input);
    const { memberships = [], ...rest } = input;
    const requested = this.requested(memberships);
    const { passwordHash } = this.read(id);
    const statement = await this.statementOf(rest, passwordHash);
    await this.directory.write(actor, async (transaction) => {
      const known = await stored(transaction, id);
      if (statement.role === 'user' || statement.disabled === true) await assertNotLastAdmin(transaction, id);
      await this.writer.change(transaction, known, statement);
      await putRequested(transaction, id, requested);
    });
    return this.read(id);
  }

  /** @throws Problem `bff_not_found`, or `bff_conflict` for the last admin */
  async remove(actor: Actor, id: string): Promise<void> {
    this.read(id);
    await this.directory.write(actor, async (transaction) => {
      await stored(transaction, id);
      await assertNotLastAdmin(transaction, id);
      await this.writer.remove(transaction, id);
    });
  }

  /** Replaces the second factor of a user. @returns its secret, which cannot be read again */
  async enrolSecondFactor(actor: Actor, id: string): Promise<Secret> {
    const totpSecret = newTotpSecret();
    await this.update(actor, id, { totpSecret: totpSecret.reveal() });
    return totpSecret;
  }

  /** @param stored the stored hash */
  private async statementOf(
    { password, totpSecret, ...rest }: Omit<UserChangesInput, 'memberships'>,
    stored: Secret | null,
  ): Promise<UserStatement> {
    return {
      ...rest,
      ...(password !== undefined && {
        password: await this.passwords.prepare(new Secret(password), stored),
      }),
      ...(totpSecret !== undefined && { totpSecret: new Secret(totpSecret) }),
    };
  }

  /**
   * Records the tenants at the time of the request: a tenant may be replaced by another with its id before
   * the change.
   */
  private requested(memberships: readonly MembershipInput[]): readonly RequestedMembership[] {
    return memberships.map(({ tenant, role }) => {
      return { tenant, recordId: this.tenants.find(tenant)?.recordId, role };
    });
  }
}

async function stored({ orm }: DirectoryTransaction, id: string): Promise<StoredUser> {
  const user = await readUser(orm, id);
  if (user === undefined) throw new Problem('bff_not_found');
  return user;
}

async function assertFree({ orm }: DirectoryTransaction, { email, identity }: NewUserInput): Promise<void> {
  if ((await findUser(orm, email)) !== undefined)
    throw new Problem('bff_conflict', { detail: 'Another user has this e-mail address.' });
  if (identity !== undefined && (await findUserWithIdentity(orm, identity)) !== undefined)
    throw new Problem('bff_conflict', { detail: 'Another user has this identity.' });
}

async function assertNotLastAdmin({ orm }: DirectoryTransaction, id: string): Promise<void> {
  const admins = await readUsersWithRole(orm, 'admin');
  const others = admins.filter((admin) => admin.id !== id);
  if (removesLastAdmin(admins, others))
    throw new Problem('bff_conflict', { detail: 'The user is the last active admin.' });
}

/** @throws InvalidInputProblem if a tenant does not exist, or was replaced by another with the same id */
async function putRequested(
  transaction: DirectoryTransaction,
  userId: string,
  requested: readonly RequestedMembership[],
): Promise<void> {
  const unknown: string[] = [];
  for (const [index, { tenant, recordId }] of requested.entries()) {
    if (recordId === undefined || (await readTenant(transaction.orm, tenant))?.recordId !== recordId)
      unknown.push(`memberships[${index}].tenant must be an existing tenant`);
  }
  if (unknown.length > 0) throw new InvalidInputProblem(unknown);
  await putMemberships(transaction, userId, requested);
}
