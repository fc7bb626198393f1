export { IdentityModule } from './identity.module.js';
export { BackchannelLogout, type LogoutDemand } from './openid/backchannel-logout.js';
export { type LoginPurpose } from './openid/login-transaction.js';
export { OpenIdProviders } from './openid/open-id-providers.js';
export { OpenIdSignIn, type ProvenLogin } from './openid/open-id-sign-in.js';
export { SignInProblem } from './openid/sign-in-problem.js';
export { PasswordChange } from './passwords/password-change.js';
export { NewPassword, Password } from './passwords/password-input.js';
export { assertNotCommon } from './passwords/password-rules.js';
export { PasswordPreparation, type PreparedPassword } from './passwords/prepared-password.js';
export { PasswordSignIn } from './passwords/password-sign-in.js';
export { SecondFactor } from './one-time-codes/second-factor.js';
export { signInFailed } from './sign-in-failed.js';
export { newTotpSecret, totpContext, totpUri } from './one-time-codes/totp.js';
export { UserDirectory, type Account } from './users/user-directory.js';
export {
  findUser,
  findUserWithIdentity,
  readUser,
  readUsers,
  readUsersWithRole,
  type StoredUser,
} from './users/user-queries.js';
export { emailKey, identityKey, VISIBLE_TEXT, type User } from './users/user.js';
