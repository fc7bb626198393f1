export { elevatedAdmin, operator, type Actor } from './actor.js';
export { CredentialAdministration, type CheckResult } from './credentials/credential-administration.js';
export { DirectoryModule } from './directory.module.js';
export { DirectoryFile, type ApplyOptions } from './file/directory-file.js';
export { DirectoryFileError } from './file/directory-document.js';
export { type ReportLine } from './file/report.js';
export {
  CredentialsInput,
  MemberInput,
  NewTenantInput,
  NewUserInput,
  TenantChangesInput,
  UserChangesInput,
} from './inputs.js';
export { MemberAdministration, type Member } from './tenants/member-administration.js';
export { TenantAdministration, type TenantUpdate } from './tenants/tenant-administration.js';
export { UserAdministration } from './users/user-administration.js';
export { checkUserInput } from './users/user-input.js';
