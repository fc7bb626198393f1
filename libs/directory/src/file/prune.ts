import { emailKey } from '@bff/identity';
import { Injectable } from '@nestjs/common';
import { CredentialWriter } from '../credentials/credential-writer.js';
import { type DirectoryTransaction } from '../directory-writer.js';
import { TenantWriter } from '../tenants/tenant-writer.js';
import { removesLastAdmin } from '../users/last-admin.js';
import { UserWriter } from '../users/user-writer.js';
import { type DirectoryDocument, type UserEntry } from './directory-document.js';
import { type ExistingRecords, type ExistingUser, statesAfter } from './existing-records.js';
import { adminCredentialsLine, type ReportLine, tenantLine, userLine } from './report.js';

/** Removes the records that a directory file does not list, for each kind of list that the file contains. */
@Injectable()
export class DirectoryPruning {
  constructor(
    private readonly tenants: TenantWriter,
    private readonly users: UserWriter,
    private readonly credentials: CredentialWriter,
  ) {}

  async run(
    transaction: DirectoryTransaction,
    { tenants, users, adminCredentials }: DirectoryDocument,
    existing: ExistingRecords,
  ): Promise<readonly ReportLine[]> {
    const report: ReportLine[] = [];
    if (tenants !== undefined) {
      const stated = new Set(tenants.map(({ id }) => id));
      for (const { id } of existing.tenants) {
        if (stated.has(id)) continue;
        await this.tenants.remove(transaction, id);
        report.push(tenantLine(id, 'removed'));
      }
    }
    if (users !== undefined) report.push(...(await this.pruneUsers(transaction, users, existing.users)));
    if (adminCredentials !== undefined) {
      const stated = new Set(adminCredentials.map(({ environment }) => environment));
      const removed = await this.credentials.pruneAdmin(transaction, stated);
      report.push(...removed.map((environment) => adminCredentialsLine(environment, 'removed')));
    }
    return report;
  }

  private async pruneUsers(
    transaction: DirectoryTransaction,
    entries: readonly UserEntry[],
    existing: readonly ExistingUser[],
  ): Promise<readonly ReportLine[]> {
    const stated = new Set(entries.map(({ email }) => emailKey(email)));
    const remaining = statesAfter(existing, entries);
    const report: ReportLine[] = [];
    for (const { id, email, key } of existing) {
      if (stated.has(key)) continue;
      const state = remaining.get(key);
      remaining.delete(key);
      if (state !== undefined && removesLastAdmin([state], remaining.values())) {
        remaining.set(key, state);
        report.push(userLine(email, 'kept, the last admin'));
        continue;
      }
      await this.users.remove(transaction, id);
      report.push(userLine(email, 'removed'));
    }
    return report;
  }
}
