import { Problem } from '@bff/problems';
import { type Caller } from './caller.js';

/** The authentication context class that an elevation gives a session, where the frontend's provider names no other. */
const ELEVATED_ACR = 'urn:bff:acr:elevated';

/** The challenge to rise (RFC 9470 section 3): to which class, for how long, and for which tenant; null: administration. */
export function elevationRequired({ frontend }: Pick<Caller, 'frontend'>, tenantId: string | null): Problem {
  return new Problem('bff_elevation_required', {
    additionalInformation: {
      acr: frontend.oidc?.acrElevated ?? ELEVATED_ACR,
      maxAgeSeconds: Math.round(frontend.elevationMs / 1_000),
      tenantId,
    },
  });
}
