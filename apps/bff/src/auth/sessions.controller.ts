import { AuditLog } from '@bff/audit';
import { type Frontend } from '@bff/frontends';
import { OpenIdProviders, PasswordChange, PasswordSignIn } from '@bff/identity';
import { Problem } from '@bff/problems';
import { actorOf, EXPIRED_SESSION_COOKIE, type Session, Sessions } from '@bff/session';
import { TenantDirectory } from '@bff/tenancy';
import { Body, Controller, Param, Query, Req } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { HttpResponse } from '../http/bff-adapter.js';
import { ClientAddresses } from '../http/client-addresses.js';
import { CurrentFrontend, CurrentSession, Serves } from '../http/handler-decorators.js';
import { PageTokens } from '../http/page-tokens.js';
import { pageQuery, type PageQuery } from '../http/page-query.js';
import { type RequestContext } from '../http/request-context.js';
import { ChangePasswordBody } from './change-password.body.js';
import { sessionDocument, sessionEntry } from './session-document.js';
import {
  type SessionPageResponse,
  type SessionResponse,
  type SignedOutResponse,
} from './session.response.js';
import { SignInBody } from './sign-in.body.js';

/** Clears the data of an ended session in the browser, but not all cookies: only the session cookie expires. */
const SIGNED_OUT_HEADERS = { 'clear-site-data': '"cache", "storage"', 'set-cookie': EXPIRED_SESSION_COOKIE };

@Controller()
export class SessionsController {
  constructor(
    private readonly signIn: PasswordSignIn,
    private readonly passwords: PasswordChange,
    private readonly providers: OpenIdProviders,
    private readonly sessions: Sessions,
    private readonly tenants: TenantDirectory,
    private readonly addresses: ClientAddresses,
    private readonly audit: AuditLog,
    private readonly pageTokens: PageTokens,
  ) {}

  @Serves('session.create', { body: SignInBody })
  async create(
    @Req() request: FastifyRequest,
    @CurrentFrontend() frontend: Frontend,
    @Body() { email, password }: SignInBody,
  ): Promise<HttpResponse<SessionResponse>> {
    const { requestId } = request.bff;
    const address = this.addresses.of(request);
    const user = await this.signIn.prove({ email, password, address, frontend: frontend.name, requestId });
    const { cookie, 'user-agent': userAgent } = request.raw.headers;
    const newSession = { user, frontend, userAgent, provider: null, cookies: cookie, requestId };
    const { session, setCookies } = await this.sessions.open(newSession);
    request.bff.cookies = setCookies;
    this.auditEvent('session.signed-in', session, request.bff, { method: 'password' });
    return new HttpResponse(sessionDocument(session, this.tenants));
  }

  @Serves('session.read')
  read(@CurrentSession() session: Session): SessionResponse {
    return sessionDocument(session, this.tenants);
  }

  @Serves('session.end')
  async end(
    @Req() request: FastifyRequest,
    @CurrentFrontend() frontend: Frontend,
  ): Promise<HttpResponse<SignedOutResponse | undefined>> {
    const { requestId } = request.bff;
    const session = await this.sessions.find(request.raw.headers.cookie, frontend, true);
    if (session === undefined || !(await this.sessions.end(session, requestId))) {
      return new HttpResponse(undefined, SIGNED_OUT_HEADERS);
    }
    this.auditEvent('session.signed-out', session, request.bff);
    const endSessionUrl =
      session.record.provider === null || frontend.oidc === null
        ? null
        : await this.providers.of(frontend).endSessionUrl(frontend.origin);
    return endSessionUrl === null
      ? new HttpResponse(undefined, SIGNED_OUT_HEADERS)
      : new HttpResponse({ endSessionUrl }, SIGNED_OUT_HEADERS, 200);
  }

  @Serves('session.change-password', { body: ChangePasswordBody })
  async changePassword(
    @Req() { bff }: FastifyRequest,
    @CurrentSession() session: Session,
    @Body() { current, new: next }: ChangePasswordBody,
  ): Promise<void> {
    const { user } = session;
    const onLimitReached = (): Promise<void> =>
      this.sessions.revoke(session, 'attempt limit of password change', bff.requestId);
    const assertSession = async (): Promise<void> => void (await bff.currentSession());
    await this.passwords.change({ user, current, next, source: bff, onLimitReached, assertSession });
    await this.sessions.keep(session);
  }

  @Serves('sessions.list', { query: pageQuery() })
  async list(@CurrentSession() current: Session, @Query() query: PageQuery): Promise<SessionPageResponse> {
    const { user } = current;
    const all = (await this.sessions.ofUser(user)).map(
      (session) => [newestFirstKey(session), session] as const,
    );
    all.sort(([a], [b]) => (a < b ? -1 : 1));
    const { entries, ...next } = this.pageTokens.page('sessions', user.id, query, all);
    return { sessions: entries.map((session) => sessionEntry(session, current)), ...next };
  }

  @Serves('sessions.end')
  async endOne(
    @Req() request: FastifyRequest,
    @CurrentSession() current: Session,
    @Param('sessionId') sessionId: string,
  ): Promise<HttpResponse> {
    const { requestId } = request.bff;
    const session = await this.sessions.named(current.user.id, sessionId);
    if (session === undefined || !(await this.sessions.end(session, requestId))) {
      throw new Problem('bff_not_found');
    }
    this.auditEvent('sessions.revoked', current, request.bff, { count: 1 });
    return session.record.id === current.record.id
      ? new HttpResponse(undefined, SIGNED_OUT_HEADERS)
      : new HttpResponse(undefined);
  }

  @Serves('sessions.end-others')
  async endOthers(@Req() request: FastifyRequest, @CurrentSession() current: Session): Promise<void> {
    const { requestId } = request.bff;
    const count = await this.sessions.endOthers(current, requestId);
    this.auditEvent('sessions.revoked', current, request.bff, { count });
  }

  private auditEvent(
    event: 'session.signed-in' | 'session.signed-out' | 'sessions.revoked',
    session: Session,
    { requestId, clientAddress }: RequestContext,
    details: Readonly<Record<string, unknown>> = {},
  ): void {
    const actor = actorOf(session, clientAddress);
    this.audit.later({
      event,
      outcome: 'success',
      actor,
      tenantId: null,
      requestId,
      details,
    });
  }
}

/**
 * The sort key of a session: 16 digits that decrease as the creation time increases, then the id, which orders sessions
 * of the same millisecond.
 */
function newestFirstKey({ record: { createdAt, id } }: Session): string {
  return `${Number.MAX_SAFE_INTEGER - createdAt} ${id}`;
}
