import { CredentialsModule } from '@bff/credentials';
import { IdentityModule } from '@bff/identity';
import { TenancyModule } from '@bff/tenancy';
import { Module } from '@nestjs/common';
import { CredentialAdministration } from './credential-administration.js';
import { DirectoryWriter } from './directory-writer.js';
import { TenantAdministration } from './tenant-administration.js';
import { UserAdministration } from './user-administration.js';

/** Changes of the directory, for the administration API and for operators alike. */
@Module({
  imports: [CredentialsModule, IdentityModule, TenancyModule],
  providers: [DirectoryWriter, TenantAdministration, UserAdministration, CredentialAdministration],
  exports: [TenantAdministration, UserAdministration, CredentialAdministration],
})
export class AdministrationModule {}
