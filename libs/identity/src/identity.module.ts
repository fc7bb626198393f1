import { Module } from '@nestjs/common';
import { PasswordSignIn } from './password-sign-in.js';
import { UserDirectory } from './user-directory.js';

@Module({ providers: [UserDirectory, PasswordSignIn], exports: [UserDirectory, PasswordSignIn] })
export class IdentityModule {}
