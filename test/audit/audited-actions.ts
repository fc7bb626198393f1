import { type AuditRecord } from '@bff/audit';
import { expect } from '@jest/globals';
import { AuditLogReader, requestIdOf } from '../support/audit-log-reader.js';
import { type Answer, type Browser } from '../support/browser.js';
import { elevatedAdmin } from '../support/elevating.js';
import { eventually } from '../support/eventually.js';
import { type Bff, type FrontendName, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

/** Members of a record, or matchers for them. */
export type Expected = { readonly [Member in keyof AuditRecord]?: unknown };

/** A request, with the actor and the frontend of its event. */
export type Action = () => Promise<{ answer: Answer; by: string; frontend: FrontendName }>;

type Request = (browser: Browser) => Promise<Answer>;

const withoutElevation = { elevationId: null, reason: null };

/** Sends requests to a service and compares their events. */
export class AuditedActions {
  static async start(): Promise<AuditedActions> {
    const bff = await startBff();
    return new AuditedActions(bff, await AuditLogReader.of(bff));
  }

  private constructor(
    readonly bff: Bff,
    readonly auditLog: AuditLogReader,
  ) {}

  async as(user: typeof the.editor | typeof the.viewer, request: Request): ReturnType<Action> {
    const answer = await request(await this.bff.signedIn(user));
    return { answer, by: user.email, frontend: 'console' };
  }

  async asElevated(request: Request, target: { tenantId?: string } = {}): ReturnType<Action> {
    const answer = await request(await elevatedAdmin(this.bff, target));
    return { answer, by: the.admin.email, frontend: 'admin' };
  }

  async asAdmin(request: Request): ReturnType<Action> {
    const answer = await request(await this.bff.signedIn(the.admin, 'admin'));
    return { answer, by: the.admin.email, frontend: 'admin' };
  }

  /** Expects exactly one event of the action, apart from side effects. */
  async expectAudited(act: Action, expected: Expected): Promise<void> {
    const { answer, by, frontend } = await act();
    const event = await eventually(
      async () => {
        const recorded = (await this.auditLog.ofRequest(answer)).filter((event) => !isSideEffect(event));
        expect(recorded.filter(({ event }) => event !== expected.event)).toEqual([]);
        expect(recorded).toHaveLength(1);
        return recorded[0];
      },
      { withinMs: 5_000 },
    );
    expect(event).toMatchObject({
      actor: this.auditLog.actor(by),
      frontend,
      requestId: requestIdOf(answer),
      ...expected,
    });
    if (!('elevationId' in expected) && by !== the.admin.email) expect(event).toMatchObject(withoutElevation);
    expect(event?.session).toMatch(/^[0-9a-f]{64}$/);
    expect(event?.clientAddress).toBe('127.0.0.1');
    expect(event?.at).toBe(new Date(this.bff.now()).toISOString());
    expect(event?.id).toMatch(/^[0-9a-f-]{36}$/);
  }
}

/** A new elevation may end one of an earlier test, and new credentials are checked before they are set. */
const isSideEffect = ({ event, outcome, details }: AuditRecord): boolean =>
  event === 'elevation.ended' ||
  (event === 'credential.used' && (outcome === 'begun' || details['given'] === true));

export function expectNoSecretsIn(events: readonly AuditRecord[]): void {
  expect(JSON.stringify(events)).not.toMatch(
    /canary|token-(?:production|staging)|Bearer |Basic |JBSWY3DPEHPK3PXP|argon2|bff1\./i,
  );
}
