export { IdentityModule } from './identity.module.js';
export { PasswordSignIn } from './password-sign-in.js';
export { UserDirectory } from './user-directory.js';
export { readUsers, removeUser, UserWriter, type StoredUser, type UserStatement } from './user-repository.js';
export { emailKey, type User } from './user.js';
