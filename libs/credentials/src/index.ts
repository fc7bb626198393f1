export { Authorizer } from './authorizer.js';
export { CredentialCheck } from './credential-check.js';
export { CredentialStore } from './credential-store.js';
export { type Credential } from './credential.js';
export { CredentialsModule } from './credentials.module.js';
