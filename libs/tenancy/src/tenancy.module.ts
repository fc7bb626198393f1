import { Module } from '@nestjs/common';
import { AccessControl } from './access-control.js';
import { TenantDirectory } from './tenant-directory.js';

@Module({ providers: [TenantDirectory, AccessControl], exports: [TenantDirectory, AccessControl] })
export class TenancyModule {}
