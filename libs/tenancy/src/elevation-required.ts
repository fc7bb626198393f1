import { Problem } from '@bff/problems';
import { type Caller } from './caller.js';
import { isAdmin } from './tenant-relation.js';

/** The authentication context class of an elevated session if the frontend's provider configures no other. */
const ELEVATED_ACR = 'urn:bff:acr:elevated';

/**
 * Creates the step-up challenge (RFC 9470 section 3) with authentication context class, maximum age and
 * tenant.
 * @param tenantId null: for administration
 */
export function elevationRequired({ frontend }: Pick<Caller, 'frontend'>, tenantId: string | null): Problem {
  return new Problem('bff_elevation_required', {
    additionalInformation: {
      acr: frontend.oidc?.acrElevated ?? ELEVATED_ACR,
      maxAgeSeconds: Math.round(frontend.elevationMs / 1_000),
      tenantId,
    },
  });
}

/**
 * Checks the need `elevated-admin`.
 * @throws Problem `bff_role_required`, `bff_elevation_required`
 */
export function assertElevatedAdmin(caller: Caller): void {
  if (!isAdmin(caller)) throw new Problem('bff_role_required');
  if (caller.elevation?.tenantId !== null) throw elevationRequired(caller, null);
}
