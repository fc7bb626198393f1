import {
  type Actor,
  checkUserInput,
  NewUserInput,
  UserAdministration,
  UserChangesInput,
} from '@bff/directory';
import { type Account, UserDirectory } from '@bff/identity';
import { type Session } from '@bff/session';
import { TenantDirectory } from '@bff/tenancy';
import { Body, Controller, Param, Query } from '@nestjs/common';
import { AdminActor, CurrentSession, Serves } from '../http/handler-decorators.js';
import { PageTokens } from '../http/page-tokens.js';
import { pageQuery, type PageQuery } from '../http/page-query.js';
import { userRecord } from './records.js';
import { type UserRecordPageResponse, type UserRecordResponse } from './user.response.js';

@Controller()
export class AdminUsersController {
  constructor(
    private readonly administration: UserAdministration,
    private readonly users: UserDirectory,
    private readonly tenants: TenantDirectory,
    private readonly pageTokens: PageTokens,
  ) {}

  @Serves('admin.users.list', { query: pageQuery() })
  list(@CurrentSession() { user }: Session, @Query() query: PageQuery): UserRecordPageResponse {
    const { entries, ...next } = this.pageTokens.page('admin.users', user.id, query, this.users.all());
    return { users: entries.map((account) => this.record(account)), ...next };
  }

  @Serves('admin.users.read')
  read(@Param('userId') userId: string): UserRecordResponse {
    return this.record(this.administration.read(userId));
  }

  @Serves('admin.users.create', { body: NewUserInput, bodyRules: checkUserInput })
  async create(@AdminActor() actor: Actor, @Body() user: NewUserInput): Promise<UserRecordResponse> {
    return this.record(await this.administration.create(actor, user));
  }

  @Serves('admin.users.update', { body: UserChangesInput, bodyRules: checkUserInput })
  async update(
    @AdminActor() actor: Actor,
    @Param('userId') userId: string,
    @Body() changes: UserChangesInput,
  ): Promise<UserRecordResponse> {
    return this.record(await this.administration.update(actor, userId, changes));
  }

  @Serves('admin.users.delete')
  async delete(@AdminActor() actor: Actor, @Param('userId') userId: string): Promise<void> {
    await this.administration.remove(actor, userId);
  }

  private record(account: Account): UserRecordResponse {
    return userRecord(account, this.tenants.membershipsOf(account.user.id));
  }
}
