import {
  type Actor,
  MemberAdministration,
  MemberInput,
  NewTenantInput,
  TenantAdministration,
  TenantChangesInput,
} from '@bff/directory';
import { type Session } from '@bff/session';
import { TenantDirectory, type TenantRecord } from '@bff/tenancy';
import { TenantHealth } from '@bff/upstream';
import { Body, Controller, Param, Query } from '@nestjs/common';
import { AdminActor, CurrentSession, Serves } from '../http/handler-decorators.js';
import { PageTokens } from '../http/page-tokens.js';
import { pageQuery, type PageQuery } from '../http/page-query.js';
import { isoTime, tenantRecord, updatedTenantRecord } from './records.js';
import {
  type MemberPageResponse,
  type MemberResponse,
  type TenantRecordPageResponse,
  type TenantRecordResponse,
  type UpdatedTenantRecordResponse,
} from './tenant.response.js';

@Controller()
export class AdminTenantsController {
  constructor(
    private readonly administration: TenantAdministration,
    private readonly members: MemberAdministration,
    private readonly tenants: TenantDirectory,
    private readonly health: TenantHealth,
    private readonly pageTokens: PageTokens,
  ) {}

  @Serves('admin.tenants.list', { query: pageQuery() })
  list(@CurrentSession() { user }: Session, @Query() query: PageQuery): TenantRecordPageResponse {
    const all = [...this.tenants.all()].map((tenant) => [tenant.id, this.record(tenant)] as const);
    const { entries, ...next } = this.pageTokens.page('admin.tenants', user.id, query, all);
    return { tenants: entries, ...next };
  }

  @Serves('admin.tenants.read')
  read(@Param('tenantId') tenantId: string): TenantRecordResponse {
    return this.record(this.tenants.get(tenantId));
  }

  @Serves('admin.tenants.create', { body: NewTenantInput })
  async create(@AdminActor() actor: Actor, @Body() tenant: NewTenantInput): Promise<TenantRecordResponse> {
    return this.record(await this.administration.create(actor, tenant));
  }

  @Serves('admin.tenants.update', { body: TenantChangesInput })
  async update(
    @AdminActor() actor: Actor,
    @Param('tenantId') tenantId: string,
    @Body() changes: TenantChangesInput,
  ): Promise<UpdatedTenantRecordResponse> {
    const updated = await this.administration.update(actor, tenantId, changes);
    return { ...this.record(updated.tenant), ...updatedTenantRecord(updated) };
  }

  @Serves('admin.tenants.delete')
  async delete(@AdminActor() actor: Actor, @Param('tenantId') tenantId: string): Promise<void> {
    await this.administration.remove(actor, tenantId);
  }

  @Serves('admin.members.list', { query: pageQuery() })
  listMembers(
    @CurrentSession() { user }: Session,
    @Param('tenantId') tenantId: string,
    @Query() query: PageQuery,
  ): MemberPageResponse {
    const all = this.members.list(tenantId).map((member) => [member.userId, member] as const);
    const list = JSON.stringify(['admin.members', tenantId]);
    const { entries, ...next } = this.pageTokens.page(list, user.id, query, all);
    return { members: entries, ...next };
  }

  @Serves('admin.members.put', { body: MemberInput })
  putMember(
    @AdminActor() actor: Actor,
    @Param('tenantId') tenantId: string,
    @Param('userId') userId: string,
    @Body() { role }: MemberInput,
  ): Promise<MemberResponse> {
    return this.members.put(actor, tenantId, userId, role);
  }

  @Serves('admin.members.remove')
  async removeMember(
    @AdminActor() actor: Actor,
    @Param('tenantId') tenantId: string,
    @Param('userId') userId: string,
  ): Promise<void> {
    await this.members.remove(actor, tenantId, userId);
  }

  private record(tenant: TenantRecord): TenantRecordResponse {
    const { lastSuccessAt, lastErrorCode } = this.health.of(tenant);
    return {
      ...tenantRecord(tenant),
      lastUpstreamSuccessAt: isoTime(lastSuccessAt),
      lastUpstreamErrorCode: lastErrorCode,
    };
  }
}
