import { BFF_CONFIG, type BffConfig } from '@bff/config';
import { clientAddress } from '@bff/frontends';
import { PasswordSignIn } from '@bff/identity';
import { Problem } from '@bff/problems';
import { EXPIRED_SESSION_COOKIE, type Session, sessionCookie, Sessions } from '@bff/session';
import { TenantDirectory } from '@bff/tenancy';
import { Body, Controller, Inject, Param, Req } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { Answer } from '../answers/bff-adapter.js';
import { InputPipe } from '../request/input-pipe.js';
import { CurrentSession, Operation } from '../request/operation.js';
import { sessionDocument, sessionEntry } from './session-document.js';
import { SignInBody } from './sign-in.body.js';

/** What a browser may keep of a session that ended: nothing but cookies, which are taken away one by one. */
const CLEAR_SITE_DATA = { 'clear-site-data': '"cache", "storage"' };

@Controller()
export class SessionsController {
  constructor(
    private readonly signIn: PasswordSignIn,
    private readonly sessions: Sessions,
    private readonly tenants: TenantDirectory,
    @Inject(BFF_CONFIG) private readonly config: BffConfig,
  ) {}

  @Operation('session.create')
  async create(@Req() request: FastifyRequest, @Body(new InputPipe()) body: SignInBody): Promise<Answer> {
    const { frontend } = request.bff;
    if (frontend === null) throw new Problem('bff_unknown_host');
    const { 'user-agent': userAgent, 'x-forwarded-for': forwardedFor, cookie } = request.raw.headers;
    const address = clientAddress(
      request.raw.socket.remoteAddress,
      forwardedFor?.toString(),
      this.config.trustedProxies,
    );
    const user = await this.signIn.prove(body.email, body.password, address);
    const { ticket, session } = await this.sessions.open(user, frontend, userAgent, cookie);
    return new Answer(sessionDocument(session, this.tenants), { 'set-cookie': sessionCookie(ticket) });
  }

  @Operation('session.read')
  read(@CurrentSession() session: Session): object {
    return sessionDocument(session, this.tenants);
  }

  @Operation('session.end')
  async end(@Req() request: FastifyRequest): Promise<Answer> {
    const { frontend } = request.bff;
    if (frontend === null) throw new Problem('bff_unknown_host');
    await this.sessions.end(request.raw.headers.cookie, frontend);
    return new Answer(undefined, { ...CLEAR_SITE_DATA, 'set-cookie': EXPIRED_SESSION_COOKIE });
  }

  @Operation('sessions.list')
  async list(@CurrentSession() current: Session): Promise<object> {
    const sessions = await this.sessions.ofUser(current.user);
    return { sessions: sessions.map((session) => sessionEntry(session, current)) };
  }

  @Operation('sessions.end')
  async endOne(@CurrentSession() current: Session, @Param('sessionId') sessionId: string): Promise<Answer> {
    const ended = await this.sessions.endOne(current.user, sessionId);
    if (!ended) throw new Problem('bff_not_found');
    if (sessionId !== current.record.id) return new Answer(undefined, {});
    return new Answer(undefined, { ...CLEAR_SITE_DATA, 'set-cookie': EXPIRED_SESSION_COOKIE });
  }

  @Operation('sessions.end-others')
  async endOthers(@CurrentSession() current: Session): Promise<void> {
    await this.sessions.endOthers(current);
  }
}
