import { reaches } from '@bff/frontends';
import { OpenIdSignIn, SecondFactor } from '@bff/identity';
import { InvalidInputProblem, Problem } from '@bff/problems';
import { type ElevationRequest, type Session, sessionCookie, Sessions, type Ticketed } from '@bff/session';
import { TenantDirectory } from '@bff/tenancy';
import { Body, Controller, Req } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { HttpResponse } from '../http/bff-adapter.js';
import { ClientAddresses } from '../http/client-addresses.js';
import { CurrentSession, Serves } from '../http/handler-decorators.js';
import { ElevationBody } from './elevation.body.js';
import { localPath } from './local-path.js';
import { sessionDocument } from './session-document.js';
import { type AuthorizationResponse, type SessionResponse } from './session.response.js';

/** The routes that elevate a session and end its elevation (docs/contract.md section 4). */
@Controller()
export class ElevationController {
  constructor(
    private readonly secondFactor: SecondFactor,
    private readonly openId: OpenIdSignIn,
    private readonly sessions: Sessions,
    private readonly tenants: TenantDirectory,
    private readonly addresses: ClientAddresses,
  ) {}

  @Serves('session.elevate', { body: ElevationBody })
  async elevate(
    @Req() request: FastifyRequest,
    @CurrentSession() session: Session,
    @Body() body: ElevationBody,
  ): Promise<HttpResponse<SessionResponse | AuthorizationResponse>> {
    if (session.isRetired) {
      // A concurrent request of the same browser has rotated the ticket. Rejected before a one-time code is used up.
      throw new Problem('bff_elevation_refused', { detail: 'The session cookie has been replaced.' });
    }
    return session.record.provider === null
      ? this.elevateByCode(request, session, body)
      : this.stepUp(request, session, body);
  }

  @Serves('session.end-elevation')
  async endElevation(
    @Req() { bff }: FastifyRequest,
    @CurrentSession() session: Session,
  ): Promise<HttpResponse<SessionResponse>> {
    return this.sessionResponse(await this.sessions.endElevation(session, bff.requestId));
  }

  private async elevateByCode(
    request: FastifyRequest,
    session: Session,
    { code, returnTo, reason, tenantId }: ElevationBody,
  ): Promise<HttpResponse<SessionResponse>> {
    if (code === undefined) throw new InvalidInputProblem(['code must be six digits']);
    if (returnTo !== undefined) throw new InvalidInputProblem(['returnTo should not exist']);
    const target = this.targetOf(session, tenantId);
    const { requestId, clientAddress } = request.bff;
    await this.secondFactor.prove(session.user, code, () =>
      this.sessions.revoke(session, 'attempt limit of elevation', requestId),
    );
    return this.sessionResponse(
      await this.sessions.elevate(session, { ...target, reason, requestId, clientAddress }),
    );
  }

  private async stepUp(
    request: FastifyRequest,
    { frontend, record, user }: Session,
    { code, returnTo, reason, tenantId }: ElevationBody,
  ): Promise<HttpResponse<AuthorizationResponse>> {
    if (code !== undefined) throw new InvalidInputProblem(['code should not exist']);
    const path = localPath(returnTo, frontend.origin);
    const target = this.targetOf({ frontend }, tenantId);
    const { provider } = record;
    const { oidc } = frontend;
    if (oidc === null || provider?.issuer !== oidc.issuer) {
      throw new Problem('bff_elevation_refused', {
        detail: 'This session began at an identity provider that this frontend no longer uses.',
        resolution: 'Sign in again.',
      });
    }
    const { authorizationUrl, setCookies } = await this.openId.begin({
      frontend,
      purpose: {
        kind: 'elevation',
        session: { userId: user.id, sessionId: record.id },
        subject: provider.subject,
        acr: oidc.acrElevated,
        ...target,
        reason,
      },
      returnTo: path,
      cookies: request.raw.headers.cookie,
      address: this.addresses.of(request),
      browser: record.browser,
      requestId: request.bff.requestId,
    });
    request.bff.cookies = setCookies;
    return new HttpResponse({ authorizationUrl }, {}, 202);
  }

  /** @returns the requested tenant and its current record, or nulls for administration. @throws Problem `bff_tenant_not_found` */
  private targetOf(
    { frontend }: Pick<Session, 'frontend'>,
    tenantId: string | undefined,
  ): Pick<ElevationRequest, 'tenantId' | 'tenantRecordId'> {
    if (tenantId === undefined) return { tenantId: null, tenantRecordId: null };
    const tenantRecordId = this.tenants.recordIdOf(tenantId);
    if (tenantRecordId === null || !reaches(frontend, tenantId)) throw new Problem('bff_tenant_not_found');
    return { tenantId, tenantRecordId };
  }

  private sessionResponse({ ticket, session }: Ticketed): HttpResponse<SessionResponse> {
    return new HttpResponse(sessionDocument(session, this.tenants), { 'set-cookie': sessionCookie(ticket) });
  }
}
