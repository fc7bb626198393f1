import { type Session } from '@bff/session';
import { TenantDirectory, type TenantRecord } from '@bff/tenancy';
import { TenantHealth } from '@bff/upstream';
import { Body, Controller, Param, Query, Req } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { elevatedAdmin } from '../administration/directory-writer.js';
import { MemberInput, NewTenantInput, TenantChangesInput } from '../administration/record-inputs.js';
import { TenantAdministration } from '../administration/tenant-administration.js';
import { InputPipe } from '../http/input-pipe.js';
import { CurrentSession, Serves } from '../http/handler-decorators.js';
import { PageTokens } from '../http/page-tokens.js';
import { PagePipe, type PageQuery } from '../http/page.query.js';
import { isoTime, tenantRecord, updatedTenantRecord } from '../administration/records.js';

@Controller()
export class AdminTenantsController {
  constructor(
    private readonly administration: TenantAdministration,
    private readonly tenants: TenantDirectory,
    private readonly health: TenantHealth,
    private readonly pageTokens: PageTokens,
  ) {}

  @Serves('admin.tenants.list')
  list(@CurrentSession() { user }: Session, @Query(new PagePipe()) query: PageQuery): object {
    const all = [...this.tenants.all()].map((tenant) => [tenant.id, this.record(tenant)] as const);
    const { entries, ...next } = this.pageTokens.page('admin.tenants', user.id, query, all);
    return { tenants: entries, ...next };
  }

  @Serves('admin.tenants.read')
  read(@Param('tenantId') tenantId: string): object {
    return this.record(this.administration.read(tenantId));
  }

  @Serves('admin.tenants.create')
  async create(
    @Req() { bff }: FastifyRequest,
    @Body(new InputPipe()) tenant: NewTenantInput,
  ): Promise<object> {
    return this.record(await this.administration.create(elevatedAdmin(bff), tenant));
  }

  @Serves('admin.tenants.update')
  async update(
    @Req() { bff }: FastifyRequest,
    @Param('tenantId') tenantId: string,
    @Body(new InputPipe()) changes: TenantChangesInput,
  ): Promise<object> {
    const updated = await this.administration.update(elevatedAdmin(bff), tenantId, changes);
    return { ...this.record(updated.tenant), ...updatedTenantRecord(updated) };
  }

  @Serves('admin.tenants.delete')
  async delete(@Req() { bff }: FastifyRequest, @Param('tenantId') tenantId: string): Promise<void> {
    await this.administration.remove(elevatedAdmin(bff), tenantId);
  }

  @Serves('admin.members.list')
  listMembers(
    @CurrentSession() { user }: Session,
    @Param('tenantId') tenantId: string,
    @Query(new PagePipe()) query: PageQuery,
  ): object {
    const all = this.administration.members(tenantId).map((member) => [member.userId, member] as const);
    const list = JSON.stringify(['admin.members', tenantId]);
    const { entries, ...next } = this.pageTokens.page(list, user.id, query, all);
    return { members: entries, ...next };
  }

  @Serves('admin.members.put')
  putMember(
    @Req() { bff }: FastifyRequest,
    @Param('tenantId') tenantId: string,
    @Param('userId') userId: string,
    @Body(new InputPipe()) { role }: MemberInput,
  ): Promise<object> {
    return this.administration.putMember(elevatedAdmin(bff), tenantId, userId, role);
  }

  @Serves('admin.members.remove')
  async removeMember(
    @Req() { bff }: FastifyRequest,
    @Param('tenantId') tenantId: string,
    @Param('userId') userId: string,
  ): Promise<void> {
    await this.administration.removeMember(elevatedAdmin(bff), tenantId, userId);
  }

  private record(tenant: TenantRecord): object {
    const { lastSuccessAt, lastErrorCode } = this.health.of(tenant);
    return {
      ...tenantRecord(tenant),
      lastUpstreamSuccessAt: isoTime(lastSuccessAt),
      lastUpstreamErrorCode: lastErrorCode,
    };
  }
}
