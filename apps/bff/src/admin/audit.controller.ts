import { AuditLog } from '@bff/audit';
import { type Session } from '@bff/session';
import { Controller, Query } from '@nestjs/common';
import { CurrentSession, Serves } from '../http/handler-decorators.js';
import { DEFAULT_PAGE_SIZE, PageTokens } from '../http/page-tokens.js';
import { pageQuery, type PageQuery } from '../http/page-query.js';
import { type AuditPageResponse } from './audit.response.js';

@Controller()
export class AdminAuditController {
  constructor(
    private readonly audit: AuditLog,
    private readonly pageTokens: PageTokens,
  ) {}

  @Serves('admin.audit.list', { query: pageQuery('tenantId', 'actor') })
  async list(
    @CurrentSession() { user }: Session,
    @Query()
    query: PageQuery & Readonly<Record<'tenantId' | 'actor', string | undefined>>,
  ): Promise<AuditPageResponse> {
    const { tenantId, actor, pageToken, pageSize = DEFAULT_PAGE_SIZE } = query;
    const list = JSON.stringify(['admin.audit', tenantId, actor]);
    const after = pageToken === undefined ? null : this.pageTokens.read(list, user.id, pageToken);
    const { events, next } = await this.audit.page({ tenantId, actorId: actor, after, size: pageSize });
    return next === undefined
      ? { events }
      : { events, nextPageToken: this.pageTokens.issue(list, user.id, next) };
  }
}
