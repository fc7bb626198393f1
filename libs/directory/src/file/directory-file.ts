import { Secret } from '@bff/config';
import { PasswordPreparation, type PreparedPassword, UserDirectory } from '@bff/identity';
import { Injectable } from '@nestjs/common';
import { type Actor } from '../actor.js';
import { CredentialWriter } from '../credentials/credential-writer.js';
import { type DirectoryTransaction, DirectoryWriter } from '../directory-writer.js';
import { putMemberships } from '../tenants/memberships.js';
import { TenantWriter } from '../tenants/tenant-writer.js';
import { UserWriter } from '../users/user-writer.js';
import { crossCheck } from './cross-checks.js';
import {
  type DirectoryDocument,
  DirectoryFileError,
  readDocument,
  type TenantEntry,
  type UserEntry,
} from './directory-document.js';
import { readExisting } from './existing-records.js';
import { DirectoryPruning } from './prune.js';
import {
  adminCredentialsLine,
  credentialsLine,
  membershipLine,
  type ReportLine,
  tenantLine,
  userLine,
} from './report.js';

export interface ApplyOptions {
  /** Rolls the transaction back at the end. */
  readonly dryRun: boolean;
  /** Removes the records that the file does not list, except the last admin. */
  readonly prune: boolean;
  /** Does nothing if the directory has a tenant or a user. */
  readonly ifEmpty: boolean;
}

/** Maximum duration of the transaction, including the wait for other changes. */
const WITHIN_MS = 60_000;

/** The prepared passwords of a file, by entry. */
type Passwords = ReadonlyMap<UserEntry, PreparedPassword>;
const NO_PASSWORDS: Passwords = new Map();

/** Applies a directory file (docs/contract.md section 7) in one transaction. */
@Injectable()
export class DirectoryFile {
  constructor(
    private readonly directory: DirectoryWriter,
    private readonly known: UserDirectory,
    private readonly passwords: PasswordPreparation,
    private readonly tenants: TenantWriter,
    private readonly users: UserWriter,
    private readonly credentials: CredentialWriter,
    private readonly pruning: DirectoryPruning,
  ) {}

  /**
   * @param plain the content of the file, with its variables replaced
   * @throws DirectoryFileError with all problems of the file; the directory is then unchanged
   */
  async apply(actor: Actor, plain: unknown, options: ApplyOptions): Promise<readonly ReportLine[]> {
    const { document, problems } = readDocument(plain);
    // A file with problems is not applied, so its passwords are not hashed.
    const passwords = problems.length === 0 ? await this.prepared(document) : NO_PASSWORDS;
    const broken = new Set(problems.map((sentence) => sentence.split(/[ :]/, 1)[0] ?? ''));
    return this.directory.transact(
      actor,
      async (transaction) => {
        const existing = await readExisting(transaction.orm);
        if (options.ifEmpty && existing.tenants.length + existing.users.length > 0) return [];
        // Pruned first, because a new record may use the project or the identity of a removed one.
        const prunes = options.prune && problems.length === 0;
        const removed = prunes ? await this.pruning.run(transaction, document, existing) : [];
        const remaining = prunes ? await readExisting(transaction.orm) : existing;
        const all = [...problems, ...crossCheck(document, broken, remaining)];
        if (all.length > 0) throw new DirectoryFileError(all);
        return [...removed, ...(await this.put(transaction, document, passwords, options.prune))];
      },
      { commit: !options.dryRun, withinMs: WITHIN_MS },
    );
  }

  /** Prepares the passwords sequentially, so that hashing leaves threads for sign-ins. */
  private async prepared({ users = [] }: DirectoryDocument): Promise<Passwords> {
    const passwords = new Map<UserEntry, PreparedPassword>();
    for (const entry of users) {
      const { email, password } = entry;
      if (password === undefined) continue;
      const stored = this.known.accountOf(email)?.passwordHash ?? null;
      passwords.set(entry, await this.passwords.prepare(new Secret(password), stored, 'batch'));
    }
    return passwords;
  }

  private async put(
    transaction: DirectoryTransaction,
    { tenants = [], users = [], adminCredentials = [] }: DirectoryDocument,
    passwords: Passwords,
    prune: boolean,
  ): Promise<readonly ReportLine[]> {
    const report: ReportLine[] = [];
    for (const tenant of tenants) report.push(...(await this.putTenant(transaction, tenant)));
    for (const user of users)
      report.push(...(await this.putUser(transaction, user, passwords.get(user), prune)));
    for (const { environment, keyId, keySecret } of adminCredentials) {
      const key = { keyId, keySecret: new Secret(keySecret) };
      const outcome = await this.credentials.putAdmin(transaction, environment, key);
      report.push(adminCredentialsLine(environment, outcome));
    }
    return report;
  }

  private async putTenant(
    transaction: DirectoryTransaction,
    { credentials: stated, ...tenant }: TenantEntry,
  ): Promise<readonly ReportLine[]> {
    const { id } = tenant;
    const credentials = stated && { ...stated, keySecret: new Secret(stated.keySecret) };
    const outcome = await this.tenants.put(transaction, { ...tenant, credentials }, { keepsEqualKey: false });
    const line = tenantLine(id, outcome.tenant);
    if (outcome.credentials === null) return [line];
    return [
      line,
      credentialsLine(
        id,
        outcome.credentials === 'erased'
          ? 'erased with the change of environment or plane'
          : outcome.credentials,
      ),
    ];
  }

  private async putUser(
    transaction: DirectoryTransaction,
    { memberships, totpSecret, ...user }: UserEntry,
    password: PreparedPassword | undefined,
    prune: boolean,
  ): Promise<readonly ReportLine[]> {
    const { email } = user;
    const { id, outcome } = await this.users.put(transaction, {
      ...user,
      password,
      totpSecret: totpSecret === undefined ? undefined : new Secret(totpSecret),
    });
    const line = userLine(email, outcome);
    if (memberships === undefined) return [line];
    const outcomes = await putMemberships(transaction, id, memberships, { prune });
    return [line, ...outcomes.map(({ tenant, outcome }) => membershipLine(email, tenant, outcome))];
  }
}
