export { Authorizer } from './authorizer.js';
export {
  putAdminCredentials,
  putTenantCredentials,
  readAdminEnvironments,
  removeAdminCredentials,
} from './credential-repository.js';
export { CredentialsModule } from './credentials.module.js';
