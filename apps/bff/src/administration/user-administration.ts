import { type RecordChange } from '@bff/audit';
import { Secret } from '@bff/config';
import { type Orm } from '@bff/database';
import {
  type Account,
  assertNotCommon,
  findUser,
  findUserWithIdentity,
  hasOtherAdmin,
  newTotpSecret,
  readUser,
  removeUser,
  type StoredUser,
  UserDirectory,
  type UserStatement,
  UserWriter,
} from '@bff/identity';
import { InvalidInputProblem, Problem } from '@bff/problems';
import { putMembership, readRoles, readTenant, TenantDirectory } from '@bff/tenancy';
import { Injectable } from '@nestjs/common';
import { type DirectoryActor, DirectoryWriter } from './directory-writer.js';
import { type MembershipInput, type NewUserInput, type UserChangesInput } from './record-inputs.js';

/** A membership with the tenant record that was meant. */
interface MeantMembership extends MembershipInput {
  readonly recordId: string | undefined;
}

/** Users, and what proves that it is they. */
@Injectable()
export class UserAdministration {
  constructor(
    private readonly users: UserDirectory,
    private readonly tenants: TenantDirectory,
    private readonly writer: DirectoryWriter,
    private readonly userWriter: UserWriter,
  ) {}

  /** @throws Problem `bff_not_found` */
  read(id: string): Account {
    const account = this.users.accountWithId(id);
    if (account === undefined) throw new Problem('bff_not_found');
    return account;
  }

  /** By address, or by id: who came by themselves has no address yet. @throws Problem `bff_not_found` */
  withEmail(email: string): Account {
    const account = this.users.accountOf(email);
    if (account === undefined)
      throw new Problem('bff_not_found', { detail: 'No user has this e-mail address.' });
    return account;
  }

  /**
   * @param by asked once the input has been judged
   * @throws InvalidInputProblem; Problem `bff_conflict` where the address or the identity is taken
   */
  async create(
    by: () => DirectoryActor,
    { email, memberships = [], ...input }: NewUserInput,
  ): Promise<Account> {
    const meant = this.meantBy(memberships);
    const statement = { ...(await this.statementOf(input, null)), email };
    assertDistinct(memberships);
    const id = await this.writer.write(by(), async (note, orm, version) => {
      if ((await findUser(orm, email)) !== undefined)
        throw new Problem('bff_conflict', { detail: 'The address is taken.' });
      const { identity } = input;
      if (identity !== undefined && (await findUserWithIdentity(orm, identity)) !== undefined)
        throw new Problem('bff_conflict', { detail: 'The identity is taken.' });
      const { id, members, powers } = await this.userWriter.put(orm, statement, version);
      note({ record: 'user', id, tenantId: null, action: 'created', members, ...powers });
      await this.putMemberships(orm, id, meant, note);
      return id;
    });
    return this.read(id);
  }

  /**
   * Members that are not named stay as they are, and so do memberships.
   * @param by asked once the input has been judged
   * @throws InvalidInputProblem; Problem `bff_not_found`, or `bff_conflict`: taken, or the last admin
   */
  async update(
    by: () => DirectoryActor,
    id: string,
    { memberships = [], ...input }: UserChangesInput,
  ): Promise<Account> {
    const meant = this.meantBy(memberships);
    const stored = this.users.accountWithId(id)?.passwordHash ?? null;
    const statement = await this.statementOf(input, stored);
    assertDistinct(memberships);
    const author = by();
    this.read(id);
    await this.writer.write(author, async (note, orm, version) => {
      const known = await this.stored(orm, id);
      if (statement.role === 'user' || statement.disabled === true) await assertNotLastAdmin(orm, known);
      const { outcome, members, powers } = await this.userWriter.change(orm, known, statement, version);
      if (outcome !== 'unchanged')
        note({ record: 'user', id, tenantId: null, action: 'updated', members, ...powers });
      await this.putMemberships(orm, id, meant, note);
    });
    return this.read(id);
  }

  /** @throws Problem `bff_not_found`, or `bff_conflict` for the last admin */
  async remove(author: DirectoryActor, id: string): Promise<void> {
    this.read(id);
    await this.writer.write(author, async (note, orm) => {
      await assertNotLastAdmin(orm, await this.stored(orm, id));
      await removeUser(orm, id);
      note({ record: 'user', id, tenantId: null, action: 'removed' });
    });
  }

  /** Gives a user a new second factor in the place of the old one. @returns its secret, for this once */
  async enrolSecondFactor(author: DirectoryActor, id: string): Promise<Secret> {
    const totpSecret = newTotpSecret();
    await this.update(() => author, id, { totpSecret: totpSecret.reveal() });
    return totpSecret;
  }

  /** @param stored the hash that the directory holds */
  private async statementOf(
    { password, totpSecret, ...rest }: Omit<UserChangesInput, 'memberships'>,
    stored: Secret | null,
  ): Promise<UserStatement> {
    if (password !== undefined) await assertNotCommon('password', password);
    return {
      ...rest,
      ...(password === undefined
        ? {}
        : { password: await this.userWriter.prepare(new Secret(password), stored) }),
      ...(totpSecret === undefined ? {} : { totpSecret: new Secret(totpSecret) }),
    };
  }

  private async stored(orm: Orm, id: string): Promise<StoredUser> {
    const user = await readUser(orm, id);
    if (user === undefined) throw new Problem('bff_not_found');
    return user;
  }

  /** The tenants as they are when the change is asked for; it waits for a hash and for its turn. */
  private meantBy(memberships: readonly MembershipInput[]): readonly MeantMembership[] {
    return memberships.map(({ tenant, role }) => {
      return { tenant, recordId: this.tenants.find(tenant)?.recordId, role };
    });
  }

  /** @throws InvalidInputProblem if a tenant does not exist, or was replaced by another under the same id */
  private async putMemberships(
    orm: Orm,
    userId: string,
    memberships: readonly MeantMembership[],
    note: (change: RecordChange) => void,
  ): Promise<void> {
    if (memberships.length === 0) return;
    const flaws: string[] = [];
    for (const [index, { tenant, recordId }] of memberships.entries()) {
      if (recordId === undefined || (await readTenant(orm, tenant))?.recordId !== recordId)
        flaws.push(`memberships[${index}].tenant must be a tenant`);
    }
    if (flaws.length > 0) throw new InvalidInputProblem(flaws);
    const before = await readRoles(orm, userId);
    for (const { tenant: tenantId, role } of memberships) {
      const known = before.get(tenantId);
      if (known === role) continue;
      await putMembership(orm, userId, tenantId, role);
      const action = known === undefined ? 'created' : 'updated';
      note({ record: 'membership', id: userId, tenantId, action, members: ['role'], role });
    }
  }
}

/** @throws InvalidInputProblem where a tenant stands twice */
function assertDistinct(memberships: readonly MembershipInput[]): void {
  const named = memberships.map(({ tenant }) => tenant);
  const flaws = named.flatMap((tenant, index) =>
    named.indexOf(tenant) === index ? [] : [`memberships[${index}].tenant must not be repeated`],
  );
  if (flaws.length > 0) throw new InvalidInputProblem(flaws);
}

/** Who comes after the last admin could not be let in by anybody. */
async function assertNotLastAdmin(orm: Orm, { id, role, disabled }: StoredUser): Promise<void> {
  if (role !== 'admin' || disabled || (await hasOtherAdmin(orm, id))) return;
  throw new Problem('bff_conflict', { detail: 'This is the last admin.' });
}
