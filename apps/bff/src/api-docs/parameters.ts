import { TENANT_ID } from '@bff/tenancy';
import { type Schema } from '../http/response-fields.js';
import { type QueryName, type RouteDefinition } from '../http/routes.js';
import { type Parameter } from './openapi.js';

const UUID = '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$';

type PathName = 'tenantId' | 'sessionId' | 'userId';

/** The path and query parameters, by name. */
const PARAMETERS: Readonly<
  Record<PathName | QueryName, { readonly description: string; readonly schema: Schema }>
> = {
  tenantId: { description: 'The id of a tenant.', schema: { type: 'string', pattern: TENANT_ID.source } },
  sessionId: {
    description: 'The `id` of an entry of `GET /sessions`; it is not the cookie value.',
    schema: { type: 'string', pattern: UUID },
  },
  userId: { description: 'The id of a user.', schema: { type: 'string', pattern: UUID } },
  actor: {
    description: 'The id of a user. The list contains only the events of this user.',
    schema: { type: 'string', pattern: UUID },
  },
  pageToken: {
    description: 'The `nextPageToken` of an earlier page. Absent or empty: the first page.',
    schema: { type: 'string', maxLength: 8192 },
  },
  pageSize: {
    description: 'The maximum number of entries of the page. Default: 50.',
    schema: { type: 'integer', minimum: 1, maximum: 100 },
  },
  returnTo: {
    description: 'The path on this origin to return to after the sign-in. Default: `/`.',
    schema: { type: 'string', pattern: '^/' },
  },
  code: { description: 'The authorization code of the provider.', schema: { type: 'string' } },
  state: { description: 'Identifies the sign-in.', schema: { type: 'string' } },
  iss: { description: 'The issuer of the response (RFC 9207).', schema: { type: 'string' } },
  error: { description: 'The reason why the provider rejected the sign-in.', schema: { type: 'string' } },
};

const CSRF_HEADER: Parameter = {
  name: 'X-CSRF',
  in: 'header',
  required: true,
  description: 'Protects against cross-site request forgery: only scripts of a listed origin can send it.',
  schema: { const: '1' },
};

const PREFER_HEADER: Parameter = {
  name: 'Prefer',
  in: 'header',
  required: false,
  description:
    '`wait=<seconds>` (1 to 600): the time that the caller wants to wait at most. It shortens the time-out of the service, and never lengthens it.',
  schema: { type: 'string' },
};

export function parametersOf({ path, query = [], from }: RouteDefinition): readonly Parameter[] {
  const inPath = [...path.matchAll(/:([A-Za-z]+)/g)].map(([, name = '']) => name);
  return [
    ...inPath.map((name) => parameter(name as PathName, 'path')),
    ...query.map((name) => parameter(name, 'query')),
    ...(from === undefined ? [CSRF_HEADER] : []),
    ...(path.includes('/whatsapp') ? [PREFER_HEADER] : []),
  ];
}

function parameter(name: PathName | QueryName, place: 'path' | 'query'): Parameter {
  return { name, in: place, required: place === 'path', ...PARAMETERS[name] };
}
