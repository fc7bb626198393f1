import { Body, Controller, Param, Req } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { type CheckResult, CredentialAdministration } from '../administration/credential-administration.js';
import { elevatedAdmin } from '../administration/directory-writer.js';
import { CredentialsInput } from '../administration/record-inputs.js';
import { InputPipe } from '../http/input-pipe.js';
import { Serves } from '../http/handler-decorators.js';
import { credentialRecord } from '../administration/records.js';

@Controller()
export class AdminCredentialsController {
  constructor(private readonly administration: CredentialAdministration) {}

  @Serves('admin.credentials.read')
  read(@Param('tenantId') tenantId: string): object {
    return credentialRecord(this.administration.read(tenantId));
  }

  @Serves('admin.credentials.set')
  async set(
    @Req() { bff }: FastifyRequest,
    @Param('tenantId') tenantId: string,
    @Body(new InputPipe()) input: CredentialsInput,
  ): Promise<object> {
    const author = elevatedAdmin(bff);
    const { credential, checked } = await this.administration.set(author, tenantId, input);
    return { ...credentialRecord(credential), checked };
  }

  @Serves('admin.credentials.erase')
  async erase(@Req() { bff }: FastifyRequest, @Param('tenantId') tenantId: string): Promise<void> {
    await this.administration.erase(elevatedAdmin(bff), tenantId);
  }

  @Serves('admin.credentials.check')
  async check(
    @Req() { bff }: FastifyRequest,
    @Param('tenantId') tenantId: string,
    @Body(new InputPipe({ optional: true })) input?: CredentialsInput,
  ): Promise<CheckResult> {
    return this.administration.check(elevatedAdmin(bff), tenantId, input);
  }
}
