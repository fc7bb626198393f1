import { type Actor, CredentialAdministration, CredentialsInput } from '@bff/directory';
import { Body, Controller, Param } from '@nestjs/common';
import { AdminActor, Serves } from '../http/handler-decorators.js';
import { credentialRecord } from './records.js';
import {
  type CheckedCredentialRecordResponse,
  type CredentialRecordResponse,
  type CredentialsAcceptedResponse,
  type CredentialsFailedResponse,
} from './tenant.response.js';

@Controller()
export class AdminCredentialsController {
  constructor(private readonly administration: CredentialAdministration) {}

  @Serves('admin.credentials.read')
  read(@Param('tenantId') tenantId: string): CredentialRecordResponse {
    return credentialRecord(this.administration.read(tenantId));
  }

  @Serves('admin.credentials.set', { body: CredentialsInput })
  async set(
    @AdminActor() actor: Actor,
    @Param('tenantId') tenantId: string,
    @Body() input: CredentialsInput,
  ): Promise<CheckedCredentialRecordResponse> {
    const { credential, checked } = await this.administration.set(actor, tenantId, input);
    return { ...credentialRecord(credential), checked };
  }

  @Serves('admin.credentials.erase')
  async erase(@AdminActor() actor: Actor, @Param('tenantId') tenantId: string): Promise<void> {
    await this.administration.erase(actor, tenantId);
  }

  @Serves('admin.credentials.check', { body: CredentialsInput, bodyIsOptional: true })
  async check(
    @AdminActor() actor: Actor,
    @Param('tenantId') tenantId: string,
    @Body() input?: CredentialsInput,
  ): Promise<CredentialsAcceptedResponse | CredentialsFailedResponse> {
    return this.administration.check(actor, tenantId, input);
  }
}
