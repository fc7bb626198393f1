import { type IncomingHttpHeaders } from 'node:http';
import { AuditLog } from '@bff/audit';
import { type Frontend } from '@bff/frontends';
import {
  BackchannelLogout,
  OpenIdSignIn,
  type ProvenLogin,
  signInFailed,
  SignInProblem,
  UserDirectory,
} from '@bff/identity';
import { InvalidInputProblem, validInput } from '@bff/problems';
import { actorOf, browserOf, sessionCookie, Sessions } from '@bff/session';
import { Body, Controller, Query, Req } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { HttpResponse } from '../http/bff-adapter.js';
import { ClientAddresses } from '../http/client-addresses.js';
import { CurrentFrontend, Serves } from '../http/handler-decorators.js';
import { stringQuery } from '../http/page-query.js';
import { type RequestContext } from '../http/request-context.js';
import { localPath } from './local-path.js';
import { LogoutForm } from './logout-form.js';

/** The routes for sign-in and sign-out with an OpenID provider (docs/contract.md section 4). */
@Controller()
export class OpenIdController {
  constructor(
    private readonly openId: OpenIdSignIn,
    private readonly backchannel: BackchannelLogout,
    private readonly sessions: Sessions,
    private readonly users: UserDirectory,
    private readonly addresses: ClientAddresses,
    private readonly audit: AuditLog,
  ) {}

  @Serves('session.login', { query: stringQuery('returnTo') })
  async login(
    @Req() request: FastifyRequest,
    @CurrentFrontend() frontend: Frontend,
    @Query() query: Readonly<Record<'returnTo', string | undefined>>,
  ): Promise<HttpResponse> {
    const returnTo = localPath(query.returnTo, frontend.origin);
    const { cookie: cookies } = request.raw.headers;
    const { authorizationUrl, setCookies } = await this.openId.begin({
      frontend,
      purpose: { kind: 'sign-in' },
      returnTo,
      cookies,
      address: this.addresses.of(request),
      browser: await this.sessions.knownBrowser(cookies, frontend),
      requestId: request.bff.requestId,
    });
    request.bff.cookies = [...setCookies, ...browserOf(cookies).setCookies];
    return redirect(authorizationUrl);
  }

  @Serves('session.callback')
  async callback(
    @Req() request: FastifyRequest,
    @CurrentFrontend() frontend: Frontend,
  ): Promise<HttpResponse> {
    const { url: target = '', headers } = request.raw;
    const { bff } = request;
    const { requestId, clientAddress: address } = bff;
    const { cookie: cookies } = headers;
    const outcome = await this.openId.finish({ frontend, target, cookies, address, requestId });
    bff.cookies = outcome.setCookies;
    try {
      if ('problem' in outcome) throw outcome.problem;
      const { login } = outcome;
      const setCookies =
        login.purpose.kind === 'sign-in'
          ? await this.signIn(login, frontend, headers, bff)
          : await this.elevate(login.purpose, login.user.id, bff);
      bff.cookies = [...outcome.setCookies, ...setCookies];
      return redirect(login.returnTo);
    } catch (error) {
      this.openId.report(error, frontend, requestId);
      throw error;
    }
  }

  @Serves('session.backchannel-logout')
  async logOut(
    @Req() { bff: { requestId } }: FastifyRequest,
    @CurrentFrontend() frontend: Frontend,
    @Body() form: unknown,
  ): Promise<HttpResponse> {
    const tokens = new URLSearchParams(typeof form === 'string' ? form : '').getAll('logout_token');
    if (tokens.length > 1) throw new InvalidInputProblem(['logout_token must appear exactly once']);
    // Other fields of the form must be ignored (OpenID Connect Back-Channel Logout 1.0 section 2.5).
    const { logout_token: token } = validInput(LogoutForm, { logout_token: tokens[0] });
    const { issuer, subject, sid } = await this.backchannel.demandOf(token, frontend);
    const user = subject === null ? undefined : this.users.withIdentity(issuer, subject);
    const sessionsOfSubject = user === undefined ? [] : await this.sessions.ofUser(user);
    const sessionsOfSid = sid === null ? [] : await this.sessions.ofProvider(issuer, sid);
    // A token with both `sid` and `sub` ends only the session with that `sid`, not all sessions of the subject (section 2.4).
    const candidates =
      sid === null
        ? sessionsOfSubject.filter(({ record }) => record.provider?.issuer === issuer)
        : sessionsOfSid;
    const sessions =
      subject === null ? candidates : candidates.filter(({ record }) => record.provider?.subject === subject);
    for (const session of sessions) await this.sessions.revoke(session, 'back-channel logout', requestId);
    return new HttpResponse(undefined);
  }

  private async signIn(
    { user, subject, sid, issuedAt }: ProvenLogin,
    frontend: Frontend,
    { cookie: cookies, 'user-agent': userAgent }: IncomingHttpHeaders,
    { requestId, clientAddress }: RequestContext,
  ): Promise<readonly string[]> {
    const provider = { issuer: frontend.oidc?.issuer ?? '', subject, sid };
    const opened = await this.sessions.open({ user, frontend, userAgent, provider, cookies, requestId });
    // A back-channel logout that arrived during the sign-in could not find this session, so it is ended here.
    if (await this.backchannel.wasDemanded(provider, issuedAt)) {
      await this.sessions.end(opened.session, requestId);
      const attempt = {
        method: 'openid',
        frontend: frontend.name,
        requestId,
        address: clientAddress,
      } as const;
      this.audit.later(signInFailed(attempt, user.id));
      const failure = { stage: 'user', reason: 'signed-out-at-provider' } as const;
      throw new SignInProblem('bff_invalid_credentials', failure);
    }
    const actor = actorOf(opened.session, clientAddress);
    const event = {
      event: 'session.signed-in',
      outcome: 'success',
      actor,
      tenantId: null,
      requestId,
    } as const;
    this.audit.later({ ...event, details: { method: 'openid', issuer: provider.issuer } });
    return opened.setCookies;
  }

  private async elevate(
    {
      session: { userId, sessionId },
      tenantId,
      tenantRecordId,
      reason,
    }: Extract<ProvenLogin['purpose'], { kind: 'elevation' }>,
    authenticatedUserId: string,
    { requestId, clientAddress }: RequestContext,
  ): Promise<readonly string[]> {
    const session = authenticatedUserId === userId ? await this.sessions.named(userId, sessionId) : undefined;
    if (session === undefined) {
      throw new SignInProblem('bff_session_required', { stage: 'step-up', reason: 'session-ended' });
    }
    const request = { tenantId, tenantRecordId, reason, requestId, clientAddress };
    const { ticket } = await this.sessions.elevate(session, request);
    return [sessionCookie(ticket)];
  }
}

function redirect(location: string): HttpResponse {
  return new HttpResponse(undefined, { location }, 302);
}
