import { BFF_CONFIG, type BffConfig } from '@bff/config';
import { DatabaseConnection } from '@bff/database';
import { HashKeys, Keyring } from '@bff/secrets';
import { MemoryStore, type RecordKind, State } from '@bff/state';
import { Module } from '@nestjs/common';
import { ATTEMPT_WINDOW_MS, AttemptLimits } from './attempt-limits/attempt-limits.js';
import { FamiliarAddresses, type Familiarity } from './attempt-limits/familiar-addresses.js';
import { BackchannelLogout } from './openid/backchannel-logout.js';
import { type LoginTransaction } from './openid/login-transaction.js';
import { LOGIN_LIFETIME_MS, LoginTransactions } from './openid/login-transactions.js';
import { OpenIdProviders } from './openid/open-id-providers.js';
import { OpenIdSignIn } from './openid/open-id-sign-in.js';
import { SealedLogins } from './openid/sealed-logins.js';
import { PasswordChange } from './passwords/password-change.js';
import { PasswordPreparation } from './passwords/prepared-password.js';
import { PasswordSignIn } from './passwords/password-sign-in.js';
import { Passwords } from './passwords/passwords.js';
import { SecondFactor } from './one-time-codes/second-factor.js';
import { UserDirectory } from './users/user-directory.js';

const stored = { version: 2, copies: 'none', uniqueKeys: false } as const;

const LOGINS: RecordKind<LoginTransaction> = {
  ...stored,
  name: 'login',
  uniqueKeys: true,
  groupsOf: ({ browser }) => (browser === undefined ? [] : [browser]),
};
const USED_LOGINS: RecordKind<true> = { ...stored, name: 'used-login' };
const USED_LOGOUT_TOKENS: RecordKind<true> = { ...stored, name: 'used-logout-token' };
const LOGOUTS: RecordKind<number> = { ...stored, name: 'logout' };
const USED_CODES: RecordKind<true> = { ...stored, name: 'used-code' };

@Module({
  providers: [
    UserDirectory,
    PasswordSignIn,
    PasswordChange,
    {
      provide: Passwords,
      inject: [BFF_CONFIG],
      useFactory: ({ passwordHashing }: BffConfig) => new Passwords(passwordHashing),
    },
    PasswordPreparation,
    OpenIdProviders,
    OpenIdSignIn,
    {
      provide: LoginTransactions,
      inject: [BFF_CONFIG, State, Keyring],
      useFactory: ({ clock }: BffConfig, state: State, keyring: Keyring) =>
        new LoginTransactions(
          state.store(LOGINS),
          state.store(USED_LOGINS),
          state.windows('login', LOGIN_LIFETIME_MS),
          new SealedLogins(keyring),
          clock,
        ),
    },
    {
      provide: BackchannelLogout,
      inject: [BFF_CONFIG, State, OpenIdProviders],
      useFactory: ({ clock }: BffConfig, state: State, providers: OpenIdProviders) =>
        new BackchannelLogout(providers, state.store(USED_LOGOUT_TOKENS), state.store(LOGOUTS), clock),
    },
    {
      provide: AttemptLimits,
      inject: [BFF_CONFIG, State, DatabaseConnection, HashKeys],
      useFactory: (
        { clock, monotonic }: BffConfig,
        state: State,
        connection: DatabaseConnection,
        hashKeys: HashKeys,
      ) =>
        new AttemptLimits(
          state.windows('attempts', ATTEMPT_WINDOW_MS),
          new FamiliarAddresses(
            connection,
            hashKeys.of('familiar-addresses'),
            new MemoryStore<Familiarity>(monotonic),
            clock,
          ),
        ),
    },
    {
      provide: SecondFactor,
      inject: [BFF_CONFIG, State, UserDirectory, Keyring, AttemptLimits],
      useFactory: (
        { clock }: BffConfig,
        state: State,
        users: UserDirectory,
        keyring: Keyring,
        limits: AttemptLimits,
      ) => new SecondFactor(users, keyring, limits, state.store(USED_CODES), clock),
    },
  ],
  exports: [
    UserDirectory,
    PasswordSignIn,
    PasswordChange,
    SecondFactor,
    OpenIdProviders,
    OpenIdSignIn,
    BackchannelLogout,
    PasswordPreparation,
  ],
})
export class IdentityModule {}
