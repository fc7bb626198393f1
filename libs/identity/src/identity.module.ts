import { BFF_CONFIG, type BffConfig } from '@bff/config';
import { DatabaseConnection } from '@bff/database';
import { Keyring } from '@bff/secrets';
import { MemoryStore, MemoryWindows } from '@bff/state';
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
      inject: [BFF_CONFIG, Keyring],
      useFactory: ({ clock, monotonic }: BffConfig, keyring: Keyring) =>
        new LoginTransactions(
          new MemoryStore<LoginTransaction>(monotonic),
          new MemoryStore<true>(monotonic),
          new MemoryWindows(LOGIN_LIFETIME_MS, monotonic),
          new SealedLogins(keyring),
          clock,
        ),
    },
    {
      provide: BackchannelLogout,
      inject: [BFF_CONFIG, OpenIdProviders],
      useFactory: ({ clock, monotonic }: BffConfig, providers: OpenIdProviders) =>
        new BackchannelLogout(
          providers,
          new MemoryStore<true>(monotonic),
          new MemoryStore<number>(monotonic),
          clock,
        ),
    },
    {
      provide: AttemptLimits,
      inject: [BFF_CONFIG, DatabaseConnection, Keyring],
      useFactory: ({ clock, monotonic }: BffConfig, connection: DatabaseConnection, keyring: Keyring) =>
        new AttemptLimits(
          new MemoryWindows(ATTEMPT_WINDOW_MS, monotonic),
          new FamiliarAddresses(connection, keyring, new MemoryStore<Familiarity>(monotonic), clock),
        ),
    },
    {
      provide: SecondFactor,
      inject: [BFF_CONFIG, UserDirectory, Keyring, AttemptLimits],
      useFactory: (
        { clock, monotonic }: BffConfig,
        users: UserDirectory,
        keyring: Keyring,
        limits: AttemptLimits,
      ) => new SecondFactor(users, keyring, limits, new MemoryStore<true>(monotonic), clock),
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
