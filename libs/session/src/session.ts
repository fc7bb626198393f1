import { hash } from 'node:crypto';
import { type AuditActor } from '@bff/audit';
import { type Frontend } from '@bff/frontends';
import { type User } from '@bff/identity';
import { type Caller } from '@bff/tenancy';

/** The OpenID provider login from which a session began. */
export interface ProviderSession {
  readonly issuer: string;
  readonly subject: string;
  /** The provider's session id (`sid`); null if the ID token has none. */
  readonly sid: string | null;
}

/** The stored part of a session. Memberships and credentials are looked up when needed. */
export interface SessionRecord {
  /** Identifies the session to its owner, across rotations of its ticket; it grants no access. */
  readonly id: string;
  readonly userId: string;
  readonly frontend: string;
  readonly userAgent: string | null;
  /** Null if the session began with a password. */
  readonly provider: ProviderSession | null;
  /** Keyed hash of the browser cookie: the next sign-in of the same browser ends this session. */
  readonly browser: string;
  readonly createdAt: number;
  readonly seenAt: number;
  /** {@link User.sessionsVersion} when the session began. */
  readonly sessionsVersion: number;
}

/** A session that was live when it was found, with its user and frontend. */
export interface Session extends Caller {
  readonly storeKey: string;
  readonly record: SessionRecord;
  readonly user: User;
  readonly frontend: Frontend;
  /**
   * Whether the session was found by its previous ticket, which authenticates in-flight requests and carries
   * no elevation (docs/security-requirements.md SES-06).
   */
  readonly isRetired: boolean;
}

/**
 * Returns when a session reaches its time limits, in milliseconds since the epoch
 * (docs/contract.md section 4).
 */
export function endsAt(
  record: Pick<SessionRecord, 'createdAt' | 'seenAt'>,
  frontend: Pick<Frontend, 'idleMs' | 'absoluteMs'>,
): { readonly idle: number; readonly absolute: number } {
  const absolute = record.createdAt + frontend.absoluteMs;
  return { idle: Math.min(record.seenAt + frontend.idleMs, absolute), absolute };
}

/** Returns the milliseconds until a session reaches a time limit. */
export function timeLeft(record: SessionRecord, frontend: Frontend, now: number): number {
  return endsAt(record, frontend).idle - now;
}

/**
 * Returns the session as an actor of the audit log.
 * @param clientAddress the address of the causing request; null if no request of the session is the cause
 */
export function actorOf(
  { record, user, frontend, elevation }: Omit<Session, 'storeKey' | 'isRetired'>,
  clientAddress: string | null,
): AuditActor {
  return {
    kind: 'user',
    id: user.id,
    session: hash('sha256', record.id, 'hex'),
    frontend: frontend.name,
    clientAddress,
    elevation: elevation === null ? null : { id: elevation.id, reason: elevation.reason },
  };
}
