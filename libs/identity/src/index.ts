export { IdentityModule } from './identity.module.js';
export { BackchannelLogout, type LogoutDemand } from './openid/backchannel-logout.js';
export { type LoginPurpose } from './openid/login-transaction.js';
export { OpenIdProviders } from './openid/open-id-providers.js';
export { OpenIdSignIn, type ProvenLogin } from './openid/open-id-sign-in.js';
export { SignInProblem } from './openid/sign-in-problem.js';
export { PasswordChange } from './passwords/password-change.js';
export { assertNotCommon, MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH } from './passwords/password-rules.js';
export { maxTypedLength, normalisedPassword } from './passwords/password-spellings.js';
export { PasswordSignIn } from './passwords/password-sign-in.js';
export { SecondFactor } from './one-time-codes/second-factor.js';
export { signInFailed } from './sign-in-failed.js';
export { newTotpSecret, totpUri } from './one-time-codes/totp.js';
export { UserDirectory, type Account } from './users/user-directory.js';
export {
  findUser,
  findUserWithIdentity,
  hasOtherAdmin,
  readUser,
  readUsers,
  removeUser,
  UserWriter,
  type PreparedPassword,
  type StoredUser,
  type UserPut,
  type UserStatement,
} from './users/user-repository.js';
export { emailKey, identityKey, VISIBLE_TEXT, type User } from './users/user.js';
