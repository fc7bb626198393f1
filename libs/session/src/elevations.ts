import { randomUUID } from 'node:crypto';
import { type AuditActor, type AuditLog } from '@bff/audit';
import { type Clock } from '@bff/config';
import { type User, type UserDirectory } from '@bff/identity';
import { Problem } from '@bff/problems';
import { type ExpiringStore, type RecordKind } from '@bff/state';
import { type Elevation, type TenantDirectory } from '@bff/tenancy';
import { Logger } from '@nestjs/common';
import { actorOf, endsAt, type Session } from './session.js';

/** The reason why an elevation ended. */
export type ElevationEnd = 'ended' | 'expired' | 'replaced' | 'revoked' | 'session-ended';

/** A request to be elevated for one tenant or, if `tenantId` is null, for administration. */
export interface ElevationRequest extends Pick<Elevation, 'tenantId' | 'reason'> {
  /** The record id of the requested tenant; null if the request is for administration. */
  readonly tenantRecordId: string | null;
  readonly requestId: string;
  readonly clientAddress: string;
}

export interface StoredElevation {
  readonly userId: string;
  readonly elevation: Elevation;
  readonly tenantRecordId: string | null;
  /** The store key of the only ticket that carries the elevation. */
  readonly storeKey: string;
  readonly powersVersion: number;
  readonly actor: AuditActor;
}

/** Interval of the check for ended elevations, so that their end is audited without a further request. */
const SWEEP_MS = 1_000;

/** Time during which an end can still be audited after the elevation expired, such as after an outage. */
const AUDITABLE_MS = 24 * 60 * 60_000;

/** The group of all elevations whose end is not audited. */
const UNAUDITED = 'unaudited';

export const ELEVATIONS: RecordKind<StoredElevation> = {
  name: 'elevation',
  version: 2,
  copies: 'records-and-absence',
  uniqueKeys: false,
};

export const UNAUDITED_ELEVATIONS: RecordKind<StoredElevation> = {
  name: 'unaudited-elevation',
  version: 2,
  copies: 'none',
  uniqueKeys: true,
  groupsOf: ({ userId }) => [UNAUDITED, userId],
};

const logger = new Logger('Elevations');

/**
 * Holds the elevations, at most one for each admin. An elevation is stored under its user and bound to one
 * ticket of one session, to one tenant or to administration, and to the user's role and second factor at the
 * time it began. It cannot be renewed (docs/security-requirements.md ELV-03, ELV-05, ELV-06, ELV-11).
 */
export class Elevations {
  private timer: NodeJS.Timeout | undefined;
  private isAlive: (storeKey: string) => Promise<boolean> = () => Promise.resolve(true);

  constructor(
    /** The effective elevations, by user id. */
    private readonly store: ExpiringStore<StoredElevation>,
    /** Elevations whose end is not audited, by elevation id; the node that removes one audits its end. */
    private readonly unaudited: ExpiringStore<StoredElevation>,
    private readonly users: UserDirectory,
    private readonly tenants: TenantDirectory,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /**
   * Sets the check by which the sweep ends elevations of expired sessions.
   * @param isAlive whether the session of a ticket's store key is live
   */
  useLivenessCheck(isAlive: (storeKey: string) => Promise<boolean>): void {
    this.isAlive = isAlive;
  }

  /** Returns the active elevation that a ticket carries. */
  async of(user: User, storeKey: string): Promise<Elevation | null> {
    return this.validElevation(await this.store.get(user.id), user, storeKey);
  }

  /** Returns the active elevation that a ticket carries, from this node's memory and without waiting. */
  peek(user: User, storeKey: string): Elevation | null {
    return this.validElevation(this.store.peek(user.id), user, storeKey);
  }

  /**
   * Audits the begin of an elevation, which {@link attach} then makes effective.
   * @throws Problem `bff_tenant_not_found` if the tenant no longer exists, `bff_audit_unavailable`
   */
  async begin(session: Session, request: ElevationRequest): Promise<Elevation> {
    const { tenantId, reason, requestId, clientAddress } = request;
    const { record, frontend } = session;
    if (!this.tenantExists(request)) throw new Problem('bff_tenant_not_found');
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

  /**
   * Binds an audited elevation to the current ticket of a session, and ends the user's previous elevation.
   */
  async attach(
    session: Session,
    elevation: Elevation,
    { tenantRecordId, requestId }: ElevationRequest,
  ): Promise<void> {
    const { user, storeKey } = session;
    const stored: StoredElevation = Object.freeze({
      ...{ userId: user.id, elevation, tenantRecordId },
      storeKey,
      powersVersion: user.powersVersion,
      actor: actorOf({ ...session, elevation }, null),
    });
    const lifetimeMs = elevation.expiresAt - this.clock();
    do await this.end(user.id, 'replaced', requestId);
    while (!(await this.store.create(user.id, stored, lifetimeMs)));
    // The previous elevation may have expired before the sweep audited its end.
    for (const earlier of (await this.unaudited.inGroup(user.id)).values())
      await this.recordEnd(earlier, 'replaced', requestId);
    await this.unaudited.create(elevation.id, stored, lifetimeMs + AUDITABLE_MS);
    this.watch();
  }

  /** Begins to audit the ends of elevations, also of those that began on other nodes. */
  watch(): void {
    this.timer ??= setInterval(() => {
      this.sweep().catch((error: unknown) =>
        logger.warn(`Ended elevations are not audited at the moment: ${(error as Error).message}`),
      );
    }, SWEEP_MS).unref();
  }

  /**
   * Ends a user's elevation.
   * @param storeKey ends the elevation only if this ticket carries it
   */
  async end(userId: string, cause: ElevationEnd, requestId: string | null, storeKey?: string): Promise<void> {
    const stored = await this.store.get(userId);
    if (storeKey !== undefined && stored?.storeKey !== storeKey) return;
    if ((await this.store.remove(userId)) && stored !== undefined)
      await this.recordEnd(stored, cause, requestId);
  }

  /** Audits the end of an elevation that began but was not attached. */
  withdraw(session: Session, elevation: Elevation, requestId: string): void {
    this.auditEnd({ elevation, actor: actorOf({ ...session, elevation }, null) }, 'session-ended', requestId);
  }

  /** Audits no further ends. */
  stopWatching(): void {
    clearInterval(this.timer);
  }

  /** Audits the end of all elevations, whose sessions end with this process. */
  async endAll(): Promise<void> {
    for (const stored of (await this.unaudited.inGroup(UNAUDITED)).values())
      await this.recordEnd(stored, 'session-ended', null);
  }

  /** Ends elevations that must not continue, and audits ends that no request caused. */
  async sweep(): Promise<void> {
    for (const stored of (await this.unaudited.inGroup(UNAUDITED)).values()) {
      const { userId, elevation, storeKey } = stored;
      const isKept = (await this.store.get(userId))?.elevation.id === elevation.id;
      if (!isKept) await this.recordEnd(stored, 'expired', null);
      // Removed as well: the clock of another node may be behind.
      else if (elevation.expiresAt <= this.clock()) await this.end(userId, 'expired', null, storeKey);
      else if (this.isRevoked(stored)) await this.end(userId, 'revoked', null, storeKey);
      else if (!(await this.isAlive(storeKey))) await this.end(userId, 'session-ended', null, storeKey);
    }
  }

  /** Whether the user was deactivated, changed role or second factor, or the tenant was removed. */
  private isRevoked({ userId, powersVersion, elevation, tenantRecordId }: StoredElevation): boolean {
    const user = this.users.findActive(userId);
    return (
      user?.powersVersion !== powersVersion ||
      !this.tenantExists({ tenantId: elevation.tenantId, tenantRecordId })
    );
  }

  private tenantExists({
    tenantId,
    tenantRecordId,
  }: Pick<ElevationRequest, 'tenantId' | 'tenantRecordId'>): boolean {
    return (
      tenantId === null || (tenantRecordId !== null && this.tenants.recordIdOf(tenantId) === tenantRecordId)
    );
  }

  private validElevation(
    stored: StoredElevation | undefined,
    user: User,
    storeKey: string,
  ): Elevation | null {
    if (stored?.storeKey !== storeKey || stored.powersVersion !== user.powersVersion) return null;
    const { elevation, tenantRecordId } = stored;
    return this.tenantExists({ tenantId: elevation.tenantId, tenantRecordId }) ? elevation : null;
  }

  /** Audits the end of an elevation, unless another node has. */
  private async recordEnd(
    stored: StoredElevation,
    cause: ElevationEnd,
    requestId: string | null,
  ): Promise<void> {
    if (!(await this.unaudited.remove(stored.elevation.id))) return;
    const isOver = stored.elevation.expiresAt <= this.clock();
    const earlier = isOver ? 'expired' : this.isRevoked(stored) ? 'revoked' : cause;
    // An earlier cause did not result from this request.
    this.auditEnd(stored, earlier, earlier === cause ? requestId : null);
  }

  private auditEnd(
    { actor, elevation: { tenantId } }: Pick<StoredElevation, 'actor' | 'elevation'>,
    cause: ElevationEnd,
    requestId: string | null,
  ): void {
    const event = { event: 'elevation.ended', outcome: 'success', actor, tenantId, requestId } as const;
    this.audit.later({ ...event, details: { cause } });
  }
}
