import { CredentialsModule } from '@bff/credentials';
import { IdentityModule } from '@bff/identity';
import { TenancyModule } from '@bff/tenancy';
import { Module } from '@nestjs/common';
import { CredentialAdministration } from './credentials/credential-administration.js';
import { CredentialTrial } from './credentials/credential-trial.js';
import { CredentialWriter } from './credentials/credential-writer.js';
import { DirectoryWriter } from './directory-writer.js';
import { DirectoryFile } from './file/directory-file.js';
import { DirectoryPruning } from './file/prune.js';
import { MemberAdministration } from './tenants/member-administration.js';
import { TenantAdministration } from './tenants/tenant-administration.js';
import { TenantWriter } from './tenants/tenant-writer.js';
import { UserAdministration } from './users/user-administration.js';
import { UserWriter } from './users/user-writer.js';

/** Contains all writers of tenants, users, memberships and credentials. */
@Module({
  imports: [CredentialsModule, IdentityModule, TenancyModule],
  providers: [
    DirectoryWriter,
    TenantWriter,
    UserWriter,
    CredentialWriter,
    CredentialTrial,
    DirectoryPruning,
    TenantAdministration,
    MemberAdministration,
    UserAdministration,
    CredentialAdministration,
    DirectoryFile,
  ],
  exports: [
    TenantAdministration,
    MemberAdministration,
    UserAdministration,
    CredentialAdministration,
    DirectoryFile,
  ],
})
export class DirectoryModule {}
