import { BFF_CONFIG, type BffConfig } from '@bff/config';
import { MemoryStore, MemoryWindows } from '@bff/state';
import { Module } from '@nestjs/common';
import { ATTEMPT_WINDOW_MS, AttemptLimits } from './attempt-limits.js';
import { PasswordSignIn } from './password-sign-in.js';
import { UserDirectory } from './user-directory.js';

@Module({
  providers: [
    UserDirectory,
    PasswordSignIn,
    {
      provide: AttemptLimits,
      inject: [BFF_CONFIG],
      useFactory: ({ clock }: BffConfig) =>
        new AttemptLimits(new MemoryWindows(ATTEMPT_WINDOW_MS, clock), new MemoryStore<true>(clock), clock),
    },
  ],
  exports: [UserDirectory, PasswordSignIn],
})
export class IdentityModule {}
