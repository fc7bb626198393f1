import { AuditLog } from '@bff/audit';
import { type Actor } from '@bff/directory';
import { type User, UserDirectory } from '@bff/identity';
import { InvalidInputProblem, Problem } from '@bff/problems';
import { type Session, Sessions } from '@bff/session';
import { TenantDirectory } from '@bff/tenancy';
import { Controller, Query, Req } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { AdminActor, CurrentSession, Serves } from '../http/handler-decorators.js';
import { PageTokens } from '../http/page-tokens.js';
import { pageQuery, type PageQuery, stringQuery } from '../http/page-query.js';
import { sessionEntry } from '../auth/session-document.js';
import {
  type EndedSessionsResponse,
  type OwnedSessionPageResponse,
  type OwnedSessionResponse,
} from './user.response.js';

type Filter = Readonly<Record<'userId' | 'tenantId', string | undefined>>;

/** The sessions of all users. */
@Controller()
export class AdminSessionsController {
  constructor(
    private readonly sessions: Sessions,
    private readonly users: UserDirectory,
    private readonly tenants: TenantDirectory,
    private readonly audit: AuditLog,
    private readonly pageTokens: PageTokens,
  ) {}

  @Serves('admin.sessions.list', { query: pageQuery('userId', 'tenantId') })
  async list(
    @CurrentSession() current: Session,
    @Query() query: PageQuery & Filter,
  ): Promise<OwnedSessionPageResponse> {
    const { userId, tenantId } = query;
    const found = await this.sessionsOf(this.matchingUsers({ userId, tenantId }));
    const all = found.map((session) => [session.record.id, session] as const);
    all.sort(([a], [b]) => (a < b ? -1 : 1));
    const list = JSON.stringify(['admin.sessions', userId, tenantId]);
    const { entries, ...next } = this.pageTokens.page(list, current.user.id, query, all);
    return { sessions: entries.map((session) => ownedEntry(session, current)), ...next };
  }

  @Serves('admin.sessions.end', { query: exactlyOneFilter })
  async end(
    @AdminActor() actor: Actor,
    @Req() { bff: { requestId } }: FastifyRequest,
    @Query() filter: Filter,
  ): Promise<EndedSessionsResponse> {
    const { userId, tenantId } = filter;
    const { length: found } = await this.sessionsOf(this.matchingUsers(filter));
    await this.audit.record({
      event: 'sessions.revoked',
      outcome: 'success',
      actor: actor.actor,
      tenantId: tenantId ?? null,
      requestId,
      details: { userId, count: found },
    });
    await actor.assertCurrent();
    let count = 0;
    // Sessions are listed again, because one may have begun or rotated its ticket during the audit write.
    for (const session of await this.sessionsOf(this.matchingUsers(filter)))
      if (await this.sessions.end(session, requestId)) count += 1;
    return { count };
  }

  /** @throws Problem `bff_not_found`, `bff_tenant_not_found` */
  private matchingUsers({ userId, tenantId }: Filter): readonly User[] {
    if (tenantId !== undefined) this.tenants.get(tenantId);
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

function ownedEntry(session: Session, current: Session): OwnedSessionResponse {
  const { id, email } = session.user;
  return { ...sessionEntry(session, current), user: { id, email } };
}

/** @throws InvalidInputProblem */
function exactlyOneFilter(query: Readonly<Record<string, unknown>>): Filter {
  const filter = stringQuery('userId', 'tenantId')(query);
  if ((filter.userId === undefined) === (filter.tenantId === undefined)) {
    throw new InvalidInputProblem(['exactly one of userId and tenantId is required']);
  }
  return filter;
}
