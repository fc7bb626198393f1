import { randomUUID } from 'node:crypto';
import { type AuditActor, type AuditLog } from '@bff/audit';
import { type Clock } from '@bff/config';
import { type User, type UserDirectory } from '@bff/identity';
import { Problem } from '@bff/problems';
import { type ExpiringStore, type MaybePromise } from '@bff/state';
import { type Elevation, type TenantDirectory } from '@bff/tenancy';
import { actorOf, endsAt, type Session } from './session.js';

/** Why elevated powers ended. */
export type ElevationEnd = 'ended' | 'expired' | 'replaced' | 'revoked' | 'session-ended';

/** What is asked for: one tenant or, where that is null, administration. */
export interface ElevationRequest extends Pick<Elevation, 'tenantId' | 'reason'> {
  /** The record of the tenant that is meant; null without one. */
  readonly tenantRecordId: string | null;
  readonly requestId: string;
  readonly clientAddress: string;
}

export interface HeldElevation {
  readonly elevation: Elevation;
  readonly tenantRecordId: string | null;
  /** The one ticket that carries it: one that came before never does. */
  readonly storeKey: string;
  readonly powersVersion: number;
  readonly actor: AuditActor;
}

/** How often it is looked whether an elevation is over, so that its end is on record though nobody asks any more. */
const SWEEP_MS = 1_000;

/**
 * The elevations, at most one for each admin: kept under the user, bound to one ticket of one session and to
 * one tenant, for a role and a second factor as they were. Nothing renews one
 * (docs/security-requirements.md ELV-03, ELV-05, ELV-06, ELV-11).
 */
export class Elevations {
  /** Users whose elevation of this process has not been recorded as over. */
  private readonly open = new Map<string, HeldElevation>();
  private timer: NodeJS.Timeout | undefined;
  private isAlive: (storeKey: string) => Promise<boolean> = () => Promise.resolve(true);

  constructor(
    private readonly store: ExpiringStore<HeldElevation>,
    private readonly users: UserDirectory,
    private readonly tenants: TenantDirectory,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /** Says how to find out whether a session still lives: an elevation ends with it, though nobody ended it. */
  livesWith(isAlive: (storeKey: string) => Promise<boolean>): void {
    this.isAlive = isAlive;
  }

  /** The living elevation that a ticket carries. */
  of(user: User, storeKey: string): MaybePromise<Elevation | null> {
    const held = this.store.get(user.id);
    if (held instanceof Promise) return held.then((found) => this.carried(found, user, storeKey));
    return this.carried(held, user, storeKey);
  }

  /** The living elevation that a ticket carries, as this node knows it. */
  peek(user: User, storeKey: string): Elevation | null {
    return this.carried(this.store.peek(user.id), user, storeKey);
  }

  /**
   * Records that a session rises; the powers come with {@link attach}.
   * @throws Problem `bff_tenant_not_found` where the tenant is gone by now, `bff_audit_unavailable`
   */
  async announce(session: Session, request: ElevationRequest): Promise<Elevation> {
    const { tenantId, reason, requestId, clientAddress } = request;
    const { record, frontend } = session;
    if (!this.isThere(request)) throw new Problem('bff_tenant_not_found');
    const expiresAt = Math.min(this.clock() + frontend.elevationMs, endsAt(record, frontend).absolute);
    const elevation = Object.freeze({ id: randomUUID(), tenantId, reason, expiresAt });
    await this.audit.record({
      event: 'elevation.begun',
      outcome: 'success',
      actor: actorOf({ ...session, elevation }, clientAddress),
      tenantId,
      requestId,
      details: { expiresAt: new Date(expiresAt).toISOString() },
    });
    return elevation;
  }

  /** Gives announced powers to a session under its present ticket, and ends those that the user had. */
  async attach(
    session: Session,
    elevation: Elevation,
    { tenantRecordId, requestId }: ElevationRequest,
  ): Promise<void> {
    const { user, storeKey } = session;
    const held: HeldElevation = Object.freeze({
      ...{ elevation, tenantRecordId },
      storeKey,
      powersVersion: user.powersVersion,
      actor: actorOf({ ...session, elevation }, null),
    });
    do await this.end(user.id, 'replaced', requestId);
    while (!(await this.store.create(user.id, held, elevation.expiresAt - this.clock())));
    // One that expired a moment ago, and whose end nobody has noticed yet.
    this.note(user.id, 'replaced', requestId);
    this.open.set(user.id, held);
    this.timer ??= setInterval(() => void this.sweep(), SWEEP_MS).unref();
  }

  /** Ends a user's elevation; one that another ticket carries stays, where a ticket is named. */
  async end(userId: string, cause: ElevationEnd, requestId: string | null, storeKey?: string): Promise<void> {
    const held = await this.store.get(userId);
    if (storeKey !== undefined && held?.storeKey !== storeKey) return;
    if (await this.store.remove(userId)) this.note(userId, cause, requestId);
  }

  /** Puts on record that announced powers came to nothing. */
  withdraw(session: Session, elevation: Elevation, requestId: string): void {
    this.noteEnd({ elevation, actor: actorOf({ ...session, elevation }, null) }, 'session-ended', requestId);
  }

  /** The sessions of this process end with it, and so do their powers. */
  stop(): void {
    clearInterval(this.timer);
    for (const userId of [...this.open.keys()]) this.note(userId, 'session-ended', null);
  }

  private async sweep(): Promise<void> {
    const now = this.clock();
    for (const [userId, held] of this.open) {
      const isKept = (await this.store.get(userId)) === held;
      if (this.open.get(userId) !== held) continue;
      if (held.elevation.expiresAt <= now || !isKept) this.note(userId, 'expired', null);
      else if (this.isRevoked(userId, held)) await this.end(userId, 'revoked', null);
      else if (!(await this.isAlive(held.storeKey))) await this.end(userId, 'session-ended', null);
    }
    if (this.open.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /** Whether the user may not act any more, role or second factor changed since, or the tenant is no more. */
  private isRevoked(userId: string, { powersVersion, elevation, tenantRecordId }: HeldElevation): boolean {
    const user = this.users.findActive(userId);
    return (
      user?.powersVersion !== powersVersion || !this.isThere({ tenantId: elevation.tenantId, tenantRecordId })
    );
  }

  private isThere({
    tenantId,
    tenantRecordId,
  }: Pick<ElevationRequest, 'tenantId' | 'tenantRecordId'>): boolean {
    return (
      tenantId === null || (tenantRecordId !== null && this.tenants.recordIdOf(tenantId) === tenantRecordId)
    );
  }

  private carried(held: HeldElevation | undefined, user: User, storeKey: string): Elevation | null {
    if (held?.storeKey !== storeKey || held.powersVersion !== user.powersVersion) return null;
    const { elevation, tenantRecordId } = held;
    return this.isThere({ tenantId: elevation.tenantId, tenantRecordId }) ? elevation : null;
  }

  private note(userId: string, cause: ElevationEnd, requestId: string | null): void {
    const held = this.open.get(userId);
    if (held === undefined) return;
    this.open.delete(userId);
    const isOver = held.elevation.expiresAt <= this.clock();
    const earlier = isOver ? 'expired' : this.isRevoked(userId, held) ? 'revoked' : cause;
    // What came earlier was not of this request's doing.
    this.noteEnd(held, earlier, earlier === cause ? requestId : null);
  }

  private noteEnd(
    { actor, elevation: { tenantId } }: Pick<HeldElevation, 'actor' | 'elevation'>,
    cause: ElevationEnd,
    requestId: string | null,
  ): void {
    const event = { event: 'elevation.ended', outcome: 'success', actor, tenantId, requestId } as const;
    this.audit.later({ ...event, details: { cause } });
  }
}
