export { encryptionKeys } from './embedded-key.js';
export { Keyring, UnsealError, type SealContext } from './keyring.js';
export { SecretsModule } from './secrets.module.js';
