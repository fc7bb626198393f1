import { type AuditEvent, type AuditLog, directoryChanged, type RecordChange } from '@bff/audit';
import { type Environment, Secret } from '@bff/config';
import {
  eraseTenantCredentials,
  putAdminCredentials,
  putTenantCredentials,
  readAdminEnvironments,
  removeAdminCredentials,
} from '@bff/credentials';
import { type Directory, type Orm, type PutOutcome } from '@bff/database';
import {
  emailKey,
  identityKey,
  type PreparedPassword,
  readUsers,
  removeUser,
  type UserDirectory,
  type UserWriter,
} from '@bff/identity';
import { type Keyring } from '@bff/secrets';
import {
  isServedElsewhere,
  putMembership,
  putTenant,
  readRoles,
  readTenant,
  readTenants,
  removeMembership,
  removeTenant,
  withChanges,
} from '@bff/tenancy';
import { OPERATING } from '../administration/directory-writer.js';
import { crossCheck, type Existing } from './cross-checks.js';
import {
  type DirectoryDocument,
  DirectoryFileError,
  readDocument,
  type TenantEntry,
  type UserEntry,
} from './directory-document.js';

export interface ApplyOptions {
  /** Does everything and keeps nothing. */
  readonly dryRun: boolean;
  /** Removes what the lists that the file has do not name; never the last admin. */
  readonly prune: boolean;
  /** Does nothing where the directory holds a record already. */
  readonly ifEmpty: boolean;
}

/** Of credentials that must not reach the server which the tenant has now. */
const ERASED = 'erased with the change of environment or plane';

/** What became of one record. */
export interface ReportLine {
  readonly record: string;
  readonly outcome: PutOutcome | 'removed' | 'kept, the last admin' | typeof ERASED;
}

/** A line of the report, with its change for the audit log. */
interface Done extends ReportLine {
  readonly about: Omit<RecordChange, 'action'>;
}

/** Maximum duration of the transaction, waiting for other changes included. */
const WITHIN_MS = 60_000;

/** The passwords of a file by its entries, ready to be stored. */
type Passwords = ReadonlyMap<UserEntry, PreparedPassword>;
const NO_PASSWORDS: Passwords = new Map();

/** Applies a directory file in one transaction. */
export class DirectoryApplier {
  constructor(
    private readonly directory: Directory,
    private readonly keyring: Keyring,
    private readonly known: UserDirectory,
    private readonly users: UserWriter,
    private readonly audit: AuditLog,
  ) {}

  /** @throws DirectoryFileError with every problem of the file; then nothing has changed */
  async apply(plain: unknown, options: ApplyOptions): Promise<readonly ReportLine[]> {
    const { document, problems } = readDocument(plain);
    // A file with problems is only judged.
    const passwords = problems.length === 0 ? await this.passwordsOf(document) : NO_PASSWORDS;
    const broken = new Set(problems.map((sentence) => sentence.split(/[ :]/, 1)[0] ?? ''));
    return this.directory.change(
      async (orm, version) => {
        if (options.ifEmpty && (await isInhabited(orm))) return [];
        // Pruned first, within the transaction: what goes may be taken by what comes.
        const removed = options.prune && problems.length === 0 ? await prune(orm, document) : [];
        const all = [...problems, ...crossCheck(document, broken, await existing(orm))];
        if (all.length > 0) throw new DirectoryFileError(all);
        const done = [...removed, ...(await this.put(orm, document, passwords, version, options.prune))];
        await this.audit.append(orm, done.flatMap(eventOf));
        return done.map(({ record, outcome }) => ({ record, outcome }));
      },
      { commit: !options.dryRun, withinMs: WITHIN_MS },
    );
  }

  /** One after the other: hashing must not take all threads from those who sign in. */
  private async passwordsOf({ users = [] }: DirectoryDocument): Promise<Passwords> {
    const passwords = new Map<UserEntry, PreparedPassword>();
    for (const entry of users) {
      const { email, password } = entry;
      if (password === undefined) continue;
      const stored = this.known.accountOf(email)?.passwordHash ?? null;
      passwords.set(entry, await this.users.prepare(new Secret(password), stored, 'batch'));
    }
    return passwords;
  }

  private async put(
    orm: Orm,
    document: DirectoryDocument,
    passwords: Passwords,
    version: number,
    prune: boolean,
  ): Promise<readonly Done[]> {
    const report: Done[] = [];
    for (const tenant of document.tenants ?? []) {
      report.push(...(await this.putTenantEntry(orm, tenant, version)));
    }
    for (const user of document.users ?? [])
      report.push(...(await this.putUser(orm, user, passwords.get(user), version, prune)));
    for (const { environment, keyId, keySecret } of document.adminCredentials ?? []) {
      const accessKey = { keyId, keySecret: new Secret(keySecret) };
      const outcome = await putAdminCredentials(orm, this.keyring, environment, accessKey, version);
      report.push(ofEnvironment(environment, outcome));
    }
    return report;
  }

  private async putTenantEntry(
    orm: Orm,
    { credentials, ...statement }: TenantEntry,
    version: number,
  ): Promise<readonly Done[]> {
    const { id } = statement;
    const before = await readTenant(orm, id);
    const tenant = ofTenant(id, await putTenant(orm, statement));
    const ofCredentials = (outcome: ReportLine['outcome']): Done => ({
      record: `credentials of ${id}`,
      outcome,
      about: { record: 'credentials', id, tenantId: id },
    });
    const isMoved = before !== undefined && isServedElsewhere(before, withChanges(before, statement));
    if (credentials !== undefined) {
      const accessKey = { ...credentials, keySecret: new Secret(credentials.keySecret) };
      const outcome = await putTenantCredentials(orm, this.keyring, id, accessKey, version);
      // The same credentials are those of the server before.
      if (!isMoved || outcome !== 'unchanged') return [tenant, ofCredentials(outcome)];
    }
    return isMoved && (await eraseTenantCredentials(orm, id)) ? [tenant, ofCredentials(ERASED)] : [tenant];
  }

  private async putUser(
    orm: Orm,
    entry: UserEntry,
    password: PreparedPassword | undefined,
    version: number,
    prune: boolean,
  ): Promise<readonly Done[]> {
    const { memberships, totpSecret, ...statement } = entry;
    const { id, outcome, members, powers } = await this.users.put(
      orm,
      { ...statement, password, totpSecret: secret(totpSecret) },
      version,
    );
    const report: Done[] = [ofUser(id, entry.email, outcome, { members, ...powers })];
    if (memberships === undefined) return report;
    const before = await readRoles(orm, id);
    const ofMembership = (tenantId: string, outcome: ReportLine['outcome'], role?: string): Done => ({
      record: `membership of ${entry.email} in ${tenantId}`,
      outcome,
      about: { record: 'membership', id, tenantId, ...(role !== undefined && { role }) },
    });
    for (const { tenant, role } of memberships) {
      const known = before.get(tenant);
      if (known !== role) await putMembership(orm, id, tenant, role);
      const outcome = known === undefined ? 'created' : known === role ? 'unchanged' : 'updated';
      report.push(ofMembership(tenant, outcome, role));
    }
    if (!prune) return report;
    const stated = new Set(memberships.map(({ tenant }) => tenant));
    for (const tenant of before.keys()) {
      if (stated.has(tenant)) continue;
      await removeMembership(orm, id, tenant);
      report.push(ofMembership(tenant, 'removed'));
    }
    return report;
  }
}

async function isInhabited(orm: Orm): Promise<boolean> {
  return (await readTenants(orm)).length + (await readUsers(orm)).length > 0;
}

async function existing(orm: Orm): Promise<Existing> {
  const users = (await readUsers(orm)).map((user) => {
    const { id, email, emailKey: key, role, disabled, identityIssuer, identitySubject } = user;
    const identity =
      identityIssuer === null || identitySubject === null
        ? null
        : identityKey(identityIssuer, identitySubject);
    return { email, key, isSelfMade: key === id, role, disabled, identity };
  });
  return { tenants: await readTenants(orm), users };
}

async function prune(orm: Orm, document: DirectoryDocument): Promise<readonly Done[]> {
  const report: Done[] = [];
  if (document.tenants !== undefined) {
    const stated = new Set(document.tenants.map(({ id }) => id));
    for (const { id } of await readTenants(orm)) {
      if (stated.has(id)) continue;
      await removeTenant(orm, id);
      report.push(ofTenant(id, 'removed'));
    }
  }
  if (document.users !== undefined) report.push(...(await pruneUsers(orm, document.users)));
  if (document.adminCredentials !== undefined) {
    const stated = new Set(document.adminCredentials.map(({ environment }) => environment));
    for (const environment of await readAdminEnvironments(orm)) {
      if (stated.has(environment)) continue;
      await removeAdminCredentials(orm, environment);
      report.push(ofEnvironment(environment, 'removed'));
    }
  }
  return report;
}

async function pruneUsers(orm: Orm, entries: readonly UserEntry[]): Promise<readonly Done[]> {
  const stated = new Map(entries.map((entry) => [emailKey(entry.email), entry]));
  const known = await readUsers(orm);
  const roleAfter = new Map([...stated].map(([key, { role }]) => [key, role ?? 'user']));
  for (const { emailKey: key, role, disabled } of known) {
    roleAfter.set(key, disabled ? 'user' : (stated.get(key)?.role ?? role));
  }
  const report: Done[] = [];
  for (const { id, email, emailKey: key } of known) {
    if (stated.has(key)) continue;
    const admins = [...roleAfter.values()].filter((role) => role === 'admin').length;
    if (roleAfter.get(key) === 'admin' && admins === 1) {
      report.push(ofUser(id, email, 'kept, the last admin'));
      continue;
    }
    await removeUser(orm, id);
    roleAfter.delete(key);
    report.push(ofUser(id, email, 'removed'));
  }
  return report;
}

function ofTenant(id: string, outcome: ReportLine['outcome']): Done {
  return { record: `tenant ${id}`, outcome, about: { record: 'tenant', id, tenantId: id } };
}

function ofUser(
  id: string,
  email: string,
  outcome: ReportLine['outcome'],
  what: Pick<RecordChange, 'members' | 'role' | 'disabled'> = { members: [] },
): Done {
  return { record: `user ${email}`, outcome, about: { record: 'user', id, tenantId: null, ...what } };
}

function ofEnvironment(environment: Environment, outcome: ReportLine['outcome']): Done {
  const about = { record: 'admin credentials', id: environment, tenantId: null } as const;
  return { record: `admin credentials of ${environment}`, outcome, about };
}

/** The events for the audit log; none if nothing changed. */
function eventOf({ outcome, about }: Done): readonly AuditEvent[] {
  const action = outcome === ERASED ? 'removed' : outcome;
  return action === 'created' || action === 'updated' || action === 'removed'
    ? [directoryChanged(OPERATING, { ...about, action })]
    : [];
}

function secret(value: string | undefined): Secret | undefined {
  return value === undefined ? undefined : new Secret(value);
}
