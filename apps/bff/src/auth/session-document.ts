import { type Frontend, reaches } from '@bff/frontends';
import { endsAt, type Session } from '@bff/session';
import { type Membership, type Tenant, type TenantDirectory } from '@bff/tenancy';
import { type TenantResponse } from '../tenants/tenant.response.js';
import {
  type FrontendResponse,
  type SessionEntryResponse,
  type SessionResponse,
} from './session.response.js';

/** Maximum number of memberships in a session document; `GET /v1/tenants` lists all of them. */
const MAX_TENANTS = 100;

/** The representation of a tenant for browsers, without project and credentials. */
export function tenantEntry(
  { id, name, environment, plane }: Tenant,
  role: Membership['role'] | null,
): TenantResponse {
  return { id, name, environment, plane, role };
}

/** @returns the session document (docs/contract.md section 4) */
export function sessionDocument(session: Session, tenants: TenantDirectory): SessionResponse {
  const { record, user, frontend, elevation } = session;
  const reachable: TenantResponse[] = [];
  for (const { tenant, role } of tenants.membershipsOf(user.id)) {
    if (reachable.length === MAX_TENANTS) break;
    if (reaches(frontend, tenant.id)) reachable.push(tenantEntry(tenant, role));
  }
  return {
    id: record.id,
    user: { id: user.id, email: user.email, name: user.name, role: user.role },
    frontend: frontendResponse(frontend),
    tenants: reachable,
    elevation:
      elevation === null
        ? null
        : {
            tenantId: elevation.tenantId,
            reason: elevation.reason,
            expiresAt: isoTime(elevation.expiresAt),
          },
    ...sessionTimes(session),
  };
}

/** @returns the entry of a session in the list of sessions */
export function sessionEntry(session: Session, current: Session): SessionEntryResponse {
  const { record, frontend } = session;
  return {
    id: record.id,
    current: record.id === current.record.id,
    frontend: frontendResponse(frontend),
    userAgent: record.userAgent,
    lastSeenAt: isoTime(record.seenAt),
    ...sessionTimes(session),
  };
}

function sessionTimes({
  record,
  frontend,
}: Session): Pick<SessionResponse, 'createdAt' | 'idleExpiresAt' | 'absoluteExpiresAt'> {
  const expiry = endsAt(record, frontend);
  return {
    createdAt: isoTime(record.createdAt),
    idleExpiresAt: isoTime(expiry.idle),
    absoluteExpiresAt: isoTime(expiry.absolute),
  };
}

function frontendResponse({ name, class: frontendClass }: Frontend): FrontendResponse {
  return { name, class: frontendClass };
}

function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
