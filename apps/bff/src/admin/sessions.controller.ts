import { AuditLog } from '@bff/audit';
import { type User, UserDirectory } from '@bff/identity';
import { InvalidInputProblem, Problem } from '@bff/problems';
import { type Session, Sessions } from '@bff/session';
import { TenantDirectory } from '@bff/tenancy';
import { Controller, Query, Req } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { elevatedAdmin } from '../administration/directory-writer.js';
import { CurrentSession, Serves } from '../http/handler-decorators.js';
import { PageTokens } from '../http/page-tokens.js';
import { PagePipe, type PageQuery, TextQueryPipe } from '../http/page.query.js';
import { sessionEntry } from '../auth/session-document.js';

type Filter = Readonly<Record<'userId' | 'tenantId', string | undefined>>;

/** The sessions of others: whose they are, and their end. */
@Controller()
export class AdminSessionsController {
  constructor(
    private readonly sessions: Sessions,
    private readonly users: UserDirectory,
    private readonly tenants: TenantDirectory,
    private readonly audit: AuditLog,
    private readonly pageTokens: PageTokens,
  ) {}

  @Serves('admin.sessions.list')
  async list(
    @CurrentSession() current: Session,
    @Query(new PagePipe('userId', 'tenantId')) query: PageQuery & Filter,
  ): Promise<object> {
    const { userId, tenantId } = query;
    const found = await this.sessionsOf(this.usersMeant({ userId, tenantId }));
    const all = found.map((session) => [session.record.id, session] as const);
    all.sort(([a], [b]) => (a < b ? -1 : 1));
    const list = JSON.stringify(['admin.sessions', userId, tenantId]);
    const { entries, ...next } = this.pageTokens.page(list, current.user.id, query, all);
    return { sessions: entries.map((session) => ownedEntry(session, current)), ...next };
  }

  @Serves('admin.sessions.end')
  async end(
    @Req() { bff }: FastifyRequest,
    @Query(new TextQueryPipe('userId', 'tenantId')) filter: Filter,
  ): Promise<object> {
    const { userId, tenantId } = filter;
    if ((userId === undefined) === (tenantId === undefined)) {
      throw new InvalidInputProblem(['either userId or tenantId must be given, and not both']);
    }
    const by = elevatedAdmin(bff);
    const { actor } = by;
    const { requestId } = bff;
    const { length: found } = await this.sessionsOf(this.usersMeant(filter));
    await this.audit.record({
      event: 'sessions.revoked',
      outcome: 'success',
      actor,
      tenantId: tenantId ?? null,
      requestId,
      details: { userId, count: found },
    });
    by.assertCurrent();
    let count = 0;
    // Found again: one may have moved to a new ticket, or begun, while the event was written.
    for (const session of await this.sessionsOf(this.usersMeant(filter)))
      if (await this.sessions.end(session, requestId)) count += 1;
    return { count };
  }

  /** @throws Problem `bff_not_found`, `bff_tenant_not_found` */
  private usersMeant({ userId, tenantId }: Filter): readonly User[] {
    if (tenantId !== undefined && this.tenants.find(tenantId) === undefined) {
      throw new Problem('bff_tenant_not_found');
    }
    if (userId !== undefined && this.users.accountWithId(userId) === undefined) {
      throw new Problem('bff_not_found');
    }
    const members = tenantId === undefined ? undefined : this.tenants.membersOf(tenantId);
    return [...this.users.all().values()]
      .map(({ user }) => user)
      .filter(({ id }) => (userId ?? id) === id && (members?.has(id) ?? true));
  }

  private async sessionsOf(users: readonly User[]): Promise<readonly Session[]> {
    return (await Promise.all(users.map((user) => this.sessions.ofUser(user)))).flat();
  }
}

function ownedEntry(session: Session, current: Session): object {
  const { id, email } = session.user;
  return { ...sessionEntry(session, current), user: { id, email } };
}
