import { type Account, UserDirectory } from '@bff/identity';
import { type Session } from '@bff/session';
import { TenantDirectory } from '@bff/tenancy';
import { Body, Controller, Param, Query, Req } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { type DirectoryActor, elevatedAdmin } from '../administration/directory-writer.js';
import { NewUserInput, UserChangesInput } from '../administration/record-inputs.js';
import { UserAdministration } from '../administration/user-administration.js';
import { InputPipe } from '../http/input-pipe.js';
import { CurrentSession, Serves } from '../http/handler-decorators.js';
import { PageTokens } from '../http/page-tokens.js';
import { PagePipe, type PageQuery } from '../http/page.query.js';
import { userRecord } from '../administration/records.js';

@Controller()
export class AdminUsersController {
  constructor(
    private readonly administration: UserAdministration,
    private readonly users: UserDirectory,
    private readonly tenants: TenantDirectory,
    private readonly pageTokens: PageTokens,
  ) {}

  @Serves('admin.users.list')
  list(@CurrentSession() { user }: Session, @Query(new PagePipe()) query: PageQuery): object {
    const { entries, ...next } = this.pageTokens.page('admin.users', user.id, query, this.users.all());
    return { users: entries.map((account) => this.record(account)), ...next };
  }

  @Serves('admin.users.read')
  read(@Param('userId') userId: string): object {
    return this.record(this.administration.read(userId));
  }

  @Serves('admin.users.create')
  async create(@Req() { bff }: FastifyRequest, @Body(new InputPipe()) user: NewUserInput): Promise<object> {
    return this.record(await this.administration.create(() => elevatedAdmin(bff), user));
  }

  @Serves('admin.users.update')
  async update(
    @Req() { bff }: FastifyRequest,
    @Param('userId') userId: string,
    @Body(new InputPipe()) changes: UserChangesInput,
  ): Promise<object> {
    const by = (): DirectoryActor => elevatedAdmin(bff);
    return this.record(await this.administration.update(by, userId, changes));
  }

  @Serves('admin.users.delete')
  async delete(@Req() { bff }: FastifyRequest, @Param('userId') userId: string): Promise<void> {
    await this.administration.remove(elevatedAdmin(bff), userId);
  }

  private record(account: Account): object {
    return userRecord(account, this.tenants.membershipsOf(account.user.id));
  }
}
