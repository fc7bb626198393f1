import { type Need } from '@bff/tenancy';
import { type RouteDefinition } from '../http/routes.js';
import { type OperationNote } from './operation-note.js';

const NO_SESSION = 'Without a session the response is 401 `bff_session_required`.';
const UNKNOWN_TENANT = 'Any other caller gets 404 `bff_tenant_not_found`, as if the tenant did not exist.';
const NOT_ELEVATED = 'An admin without that elevation gets 403 `bff_elevation_required`.';

/** Access rules of each need, with the response to other callers (docs/contract.md sections 3, 5 and 6). */
const ACCESS: Readonly<Record<Need, string>> = {
  nothing: 'Requires no session.',
  session: `Requires a session. ${NO_SESSION}`,
  password:
    'Requires a session of a user who has a password. ' +
    `${NO_SESSION} A user without a password gets 403 \`bff_role_required\`.`,
  related:
    'Requires a session of a member of the tenant, or of an admin on a frontend of class `admin`. ' +
    `${NO_SESSION} ${UNKNOWN_TENANT}`,
  viewer:
    'Requires a session of a member of the tenant, or of an admin whose session is elevated for the tenant. ' +
    `${NO_SESSION} A member of a tenant on the admin plane gets 403 \`bff_role_required\`. ` +
    `${NOT_ELEVATED} ${UNKNOWN_TENANT}`,
  editor:
    'Requires a session of an editor of the tenant, or of an admin whose session is elevated for the tenant. ' +
    `${NO_SESSION} A viewer, and any member of a tenant on the admin plane, gets 403 \`bff_role_required\`. ` +
    `${NOT_ELEVATED} ${UNKNOWN_TENANT}`,
  admin:
    'Requires a session of an admin on a frontend of class `admin`. ' +
    `${NO_SESSION} Any other user gets 403 \`bff_role_required\`.`,
  'elevated-admin':
    'Requires a session of an admin on a frontend of class `admin` that is elevated for administration. ' +
    `${NO_SESSION} ${NOT_ELEVATED} Any other user gets 403 \`bff_role_required\`. ` +
    'The call is audited; while the audit log is unavailable, ' +
    'it has no effect and the response is 503 `bff_audit_unavailable`.',
};

const CALLERS: Readonly<Record<NonNullable<RouteDefinition['from']>, string>> = {
  navigation: 'The browser navigates to it, so it does not need the header `X-CSRF`.',
  server: 'The OpenID provider calls it, so it does not need the header `X-CSRF`.',
};

/** Describes an operation in Markdown: the description of its note, then the access rules. */
export function operationDescription(route: RouteDefinition, note: OperationNote): string {
  const { needs, from, provider, passive, query } = route;
  return [
    note.description,
    note.upstream && 'The response of the Sinch Provisioning API is relayed unchanged.',
    query?.includes('pageToken') &&
      'The list is paged: pass `nextPageToken` as `pageToken` to read the next page.',
    passive && 'The call does not count as activity of the session.',
    ACCESS[needs],
    from && CALLERS[from],
    provider && 'On a frontend without an OpenID provider the response is 404 `bff_route_not_found`.',
  ]
    .filter((sentence) => typeof sentence === 'string')
    .join('\n\n');
}
