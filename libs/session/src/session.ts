import { type Frontend } from '@bff/frontends';
import { type User } from '@bff/identity';
import { type Caller, type Elevation } from '@bff/tenancy';

/** What the store keeps: who, where and when; neither memberships nor credentials, which are looked up when needed. */
export interface SessionRecord {
  /** Names the session to its owner; it opens nothing. */
  readonly id: string;
  readonly userId: string;
  readonly frontend: string;
  readonly userAgent: string | null;
  readonly createdAt: number;
  readonly seenAt: number;
  readonly elevation: Elevation | null;
}

/** A session that was alive when it was found, with the user it belongs to. */
export interface Session extends Caller {
  readonly storeKey: string;
  readonly record: SessionRecord;
  readonly user: User;
  readonly frontend: Frontend;
}

/** When a session ends by its clocks, milliseconds since the epoch (contract.md section 4). */
export function endsAt(
  record: Pick<SessionRecord, 'createdAt' | 'seenAt'>,
  frontend: Pick<Frontend, 'idleMs' | 'absoluteMs'>,
): { readonly idle: number; readonly absolute: number } {
  const absolute = record.createdAt + frontend.absoluteMs;
  return { idle: Math.min(record.seenAt + frontend.idleMs, absolute), absolute };
}
