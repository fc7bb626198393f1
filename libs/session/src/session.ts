import { hash } from 'node:crypto';
import { type AuditActor } from '@bff/audit';
import { type Frontend } from '@bff/frontends';
import { type User } from '@bff/identity';
import { type Caller } from '@bff/tenancy';

/** How a session came to be at an OpenID provider; null where it began with a password. */
export interface ProviderSession {
  readonly issuer: string;
  readonly subject: string;
  /** The provider's own session, where it names one. */
  readonly sid: string | null;
}

/** What the store keeps: who, where and when; neither memberships nor credentials, which are looked up when needed. */
export interface SessionRecord {
  /** Names the session to its owner, whatever ticket it has; it opens nothing. */
  readonly id: string;
  readonly userId: string;
  readonly frontend: string;
  readonly userAgent: string | null;
  readonly provider: ProviderSession | null;
  /** A keyed hash of the browser cookie: the next sign-in of the same browser ends this session. */
  readonly browser: string;
  readonly createdAt: number;
  readonly seenAt: number;
  /** {@link User.sessionsVersion} when it began. */
  readonly sessionsVersion: number;
}

/** A session that was alive when it was found, with the user it belongs to. */
export interface Session extends Caller {
  readonly storeKey: string;
  readonly record: SessionRecord;
  readonly user: User;
  readonly frontend: Frontend;
  /**
   * Found by the ticket before its present one: for calls in flight, and without powers
   * (docs/security-requirements.md SES-06).
   */
  readonly isRetired: boolean;
}

/** When a session ends by its clocks, milliseconds since the epoch (docs/contract.md section 4). */
export function endsAt(
  record: Pick<SessionRecord, 'createdAt' | 'seenAt'>,
  frontend: Pick<Frontend, 'idleMs' | 'absoluteMs'>,
): { readonly idle: number; readonly absolute: number } {
  const absolute = record.createdAt + frontend.absoluteMs;
  return { idle: Math.min(record.seenAt + frontend.idleMs, absolute), absolute };
}

/** Milliseconds until a session ends by its clocks. */
export function timeLeft(record: SessionRecord, frontend: Frontend, now: number): number {
  return endsAt(record, frontend).idle - now;
}

/**
 * The session as an actor of the audit log.
 * @param clientAddress of the request in which it was done; null where a request of the session is not the cause
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
