export { encryptionKeys } from './embedded-key.js';
export { type HashKey, HashKeySet } from './hash-key-set.js';
export { HashKeys } from './hash-keys.js';
export { countKeyUsage, type KeyUsage, STORED_KINDS, type StoredKind } from './key-usage.js';
export { Keyring, UnsealError, type SealContext } from './keyring.js';
export { SEALED_KINDS, type SealedKind } from './sealed-columns.js';
export { type ResealedRows, SealedRows } from './sealed-rows.js';
export { SecretsModule } from './secrets.module.js';
