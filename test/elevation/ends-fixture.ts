import { type AuditRecord } from '@bff/audit';
import { expect } from '@jest/globals';
import { administer, deputy, entriesOf } from '../support/administering.js';
import { type Answer, type Browser } from '../support/browser.js';
import { codeAt, REASON } from '../support/elevating.js';
import { eventually } from '../support/eventually.js';
import { expectProblem, perform } from '../support/forwarding.js';
import { expectNothingAsked } from '../support/raw-answer.js';
import { type Bff, type FrontendName, frontends, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

export const MINUTE = 60_000;
export const COOKIE = '__Host-bff-session';
export const ELEVATION = '/session/elevation';

type Cause = 'ended' | 'expired' | 'replaced' | 'revoked' | 'session-ended';

/** A service with three admin frontends: `admin`, `partners` and `narrow`, where elevations last one minute. */
export class EndsFixture {
  private constructor(readonly bff: Bff) {}

  static async start(): Promise<EndsFixture> {
    const bff = await startBff({
      environment: {
        BFF_FRONTENDS: JSON.stringify([
          ...[frontends.console, frontends.admin],
          { ...frontends.partners, class: 'admin', idleMinutes: 2 },
          { ...frontends.narrow, class: 'admin', elevationMinutes: 1 },
        ]),
      },
      directory: { ...the.directory, users: [...the.directory.users, deputy] },
    });
    return new EndsFixture(bff);
  }

  close(): Promise<void> {
    return this.bff.close();
  }

  admin(frontend: FrontendName = 'admin'): Promise<Browser> {
    return this.bff.signedIn(the.admin, frontend);
  }

  freshCode(secret: string = the.admin.totpSecret): string {
    this.bff.turnClock(MINUTE);
    return codeAt(this.bff.now(), 0, secret);
  }

  /** Elevates a session. @returns the id of the elevation in the audit log */
  async elevate(browser: Browser, tenantId: string | null = 'acme'): Promise<string> {
    const wish = { code: this.freshCode(), reason: REASON, ...(tenantId !== null && { tenantId }) };
    const answer = await browser.post(ELEVATION, wish);
    expect(answer.status).toBe(200);
    const begun = (await this.recordedOf(answer)).find(({ event }) => event === 'elevation.begun');
    expect(begun).toMatchObject({ tenantId, reason: REASON });
    return begun?.elevationId ?? '';
  }

  async auditLog(): Promise<readonly AuditRecord[]> {
    return entriesOf<AuditRecord>(await this.bff.signedIn(deputy, 'admin'), '/v1/admin/audit');
  }

  /** The audit events of one request. */
  async recordedOf(answer: Answer): Promise<readonly AuditRecord[]> {
    const asked = answer.headers['x-request-id'];
    return (await this.auditLog()).filter(({ requestId }) => requestId === asked);
  }

  async expectEndAudited(elevationId: string, ...causes: readonly Cause[]): Promise<void> {
    await eventually(
      async () => {
        const ends = (await this.auditLog()).filter(
          (event) => event.event === 'elevation.ended' && event.elevationId === elevationId,
        );
        expect(ends).toMatchObject([{ outcome: 'success', reason: REASON }]);
        expect(causes).toContain(ends[0]?.details['cause']);
      },
      { withinMs: 3_000 },
    );
  }

  async expectElevated(browser: Browser, tenant: 'acme' | 'orchard' = 'acme'): Promise<void> {
    const { sinch } = this.bff;
    sinch.reset();
    expect((await perform(browser, 'account.get', tenant)).status).toBe(200);
    expect(sinch['admin-production'].requests).toMatchObject([
      { url: `/v1/projects/${the[tenant].projectId}/whatsapp` },
    ]);
    expect(sinch.allBut('admin-production').requests).toEqual([]);
  }

  async expectNotElevated(browser: Browser): Promise<void> {
    this.bff.sinch.reset();
    const target = { tenantId: 'acme', userId: 'nobody' };
    expect((await browser.get('/session')).json).toMatchObject({ elevation: null });
    expectProblem(await perform(browser, 'account.get'), 403, 'bff_elevation_required');
    expectProblem(await administer(browser, 'admin.tenants.update', target), 403, 'bff_elevation_required');
    expectNothingAsked(this.bff.sinch);
  }

  async expectDead(...browsers: readonly Browser[]): Promise<void> {
    this.bff.sinch.reset();
    for (const browser of browsers) {
      expectProblem(await browser.get('/session'), 401, 'bff_session_required');
      expectProblem(await perform(browser, 'account.get'), 401, 'bff_session_required');
    }
    expectNothingAsked(this.bff.sinch);
  }

  /** A second browser with the current cookie of the first. */
  copyOf(browser: Browser, frontend: FrontendName = 'admin'): Browser {
    const copy = this.bff.browser(frontend);
    copy.setCookie(COOKIE, browser.cookies.get(COOKIE) ?? '');
    return copy;
  }
}
