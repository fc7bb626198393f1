import { BFF_CONFIG, type BffConfig } from '@bff/config';
import { Keyring } from '@bff/secrets';
import { MemoryStore, MemoryWindows } from '@bff/state';
import { Module } from '@nestjs/common';
import { ATTEMPT_WINDOW_MS, AttemptLimits } from './attempt-limits.js';
import { BackchannelLogout } from './openid/backchannel-logout.js';
import { type LoginTransaction, LoginTransactions } from './openid/login-transactions.js';
import { OpenIdProviders } from './openid/open-id-providers.js';
import { OpenIdSignIn } from './openid/open-id-sign-in.js';
import { PasswordChange } from './password-change.js';
import { PasswordSignIn } from './password-sign-in.js';
import { PasswordVerifier } from './passwords.js';
import { SecondFactor } from './second-factor.js';
import { UserDirectory } from './user-directory.js';
import { UserWriter } from './user-repository.js';

@Module({
  providers: [
    UserDirectory,
    PasswordSignIn,
    PasswordChange,
    { provide: PasswordVerifier, useFactory: () => PasswordVerifier.create() },
    UserWriter,
    OpenIdProviders,
    OpenIdSignIn,
    {
      provide: LoginTransactions,
      inject: [BFF_CONFIG],
      useFactory: ({ clock }: BffConfig) =>
        new LoginTransactions(new MemoryStore<LoginTransaction>(clock), clock),
    },
    {
      provide: BackchannelLogout,
      inject: [BFF_CONFIG, OpenIdProviders],
      useFactory: ({ clock }: BffConfig, providers: OpenIdProviders) =>
        new BackchannelLogout(providers, new MemoryStore<true>(clock), new MemoryStore<number>(clock), clock),
    },
    {
      provide: AttemptLimits,
      inject: [BFF_CONFIG],
      useFactory: ({ clock }: BffConfig) =>
        new AttemptLimits(new MemoryWindows(ATTEMPT_WINDOW_MS, clock), new MemoryStore<true>(clock), clock),
    },
    {
      provide: SecondFactor,
      inject: [BFF_CONFIG, UserDirectory, Keyring, AttemptLimits],
      useFactory: ({ clock }: BffConfig, users: UserDirectory, keyring: Keyring, limits: AttemptLimits) =>
        new SecondFactor(users, keyring, limits, new MemoryStore<true>(clock), clock),
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
    UserWriter,
  ],
})
export class IdentityModule {}
