import { CATALOGUE, type ProblemCode } from '@bff/problems';
import { isAdminNeed, isTenantNeed } from '@bff/tenancy';
import { defaultMetadataStorage } from 'class-transformer/cjs/storage.js';
import { IS_URL } from 'class-validator';
import { validationMetadatasToSchemas } from 'class-validator-jsonschema';
import { ANSWER_SCHEMAS, type Schema } from './answer-schemas.js';
import { type DocumentedOperation, type OpenApiDocument, type Parameter, type Response } from './openapi.js';
import { type OperationNote, type UpstreamError } from './operation-note.js';
import { OPERATION_NOTES } from './operation-notes.js';
import { type RouteDefinition, type RouteName, ROUTES } from '../http/routes.js';

const UUID = '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$';
const REQUEST_ID = 'f4b4e8e3-0193-41f2-9929-818a627b4c27';
const PROBLEM_TYPE = 'application/problem+json';
const schemaRef = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

/** Errors of the way to the upstream and back; `tenants.route` reports them instead of answering them. */
const FORWARDING: readonly ProblemCode[] = [
  'bff_elevation_required',
  'bff_rate_limited',
  'bff_upstream_credentials_rejected',
  'bff_upstream_unreachable',
  'bff_upstream_invalid_response',
  'bff_upstream_unavailable',
  'bff_overloaded',
  'bff_upstream_timeout',
];

/** Errors of what must be elevated, and on record. */
const ADMINISTRATION: readonly ProblemCode[] = ['bff_elevation_required', 'bff_audit_unavailable'];

/** Generates the document from the route table, the notes, the error catalogue and the input classes. */
export function openApiDocument(names: readonly RouteName[]): OpenApiDocument {
  const paths: Record<string, Record<string, DocumentedOperation>> = {};
  for (const name of names) {
    const row: RouteDefinition = ROUTES[name];
    const path = row.path.replace(/:([A-Za-z]+)/g, '{$1}');
    paths[path] = {
      ...paths[path],
      [row.method.toLowerCase()]: documented(name, row, OPERATION_NOTES[name]),
    };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Sinch Provisioning BFF',
      version: '1',
      description:
        'Sessions, tenants and the WhatsApp account of each tenant. Every call needs the header X-CSRF: 1.',
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: { ...ANSWER_SCHEMAS, ...inputSchemas() },
      examples: Object.fromEntries(
        (Object.keys(CATALOGUE) as ProblemCode[]).map((code) => [code, { value: problemExample(code) }]),
      ),
      securitySchemes: { session: { type: 'apiKey', in: 'cookie', name: '__Host-bff-session' } },
    },
  };
}

function documented(name: RouteName, row: RouteDefinition, note: OperationNote): DocumentedOperation {
  const tag = name.split('.').slice(0, -1).join('.') || name;
  return {
    operationId: name,
    tags: [tag],
    summary: note.summary,
    parameters: parametersOf(row),
    ...(note.bodies === undefined ? {} : { requestBody: requestBody(note) }),
    responses: responsesOf(row, note),
    security: row.needs === 'nothing' ? [] : [{ session: [] }],
    'x-needs': row.needs,
  };
}

/** The parameters of paths and queries, by name. */
const PARAMETERS: Readonly<Record<string, { readonly description: string; readonly schema: Schema }>> = {
  tenantId: { description: 'The id of a tenant.', schema: { type: 'string', pattern: '^[a-z0-9-]{1,63}$' } },
  sessionId: {
    description: 'The id of a session of GET /sessions; not the cookie.',
    schema: { type: 'string', pattern: UUID },
  },
  userId: { description: 'The id of a user.', schema: { type: 'string', pattern: UUID } },
  actor: { description: 'The id of the user who did it.', schema: { type: 'string', pattern: UUID } },
  pageToken: {
    description: 'nextPageToken of an earlier page.',
    schema: { type: 'string', maxLength: 8192 },
  },
  pageSize: {
    description: 'How many entries a page has; 50 when left out.',
    schema: { type: 'integer', minimum: 1, maximum: 100 },
  },
  returnTo: {
    description: 'Where to return to after signing in: a path on this origin; absent: /.',
    schema: { type: 'string', pattern: '^/' },
  },
  code: { description: 'What the provider gives for a sign-in that succeeded.', schema: { type: 'string' } },
  state: { description: 'Which sign-in it was.', schema: { type: 'string' } },
  iss: { description: 'Which provider it was (RFC 9207).', schema: { type: 'string' } },
  error: {
    description: 'The reason for which the provider rejected the sign-in.',
    schema: { type: 'string' },
  },
};

function parametersOf({ path, query = [], from }: RouteDefinition): readonly Parameter[] {
  const inPath = [...path.matchAll(/:([A-Za-z]+)/g)].map(([, name = '']) => name);
  const parameters: Parameter[] = [
    ...inPath.map((name) => parameter(name, 'path')),
    ...query.map((name) => parameter(name, 'query')),
  ];
  if (from === undefined) {
    const description = 'Proves that a script of a listed origin is calling.';
    parameters.push({ name: 'X-CSRF', in: 'header', required: true, description, schema: { const: '1' } });
  }
  return parameters;
}

function parameter(name: string, place: 'path' | 'query'): Parameter {
  const known = PARAMETERS[name];
  if (known === undefined) throw new Error(`The parameter ${name} has no description`);
  return { name, in: place, required: place === 'path', ...known };
}

function requestBody({
  bodies = [],
  bodyType = 'application/json',
  bodyIsOptional,
}: OperationNote): NonNullable<DocumentedOperation['requestBody']> {
  const schemas = bodies.map(([{ name }]) => schemaRef(name));
  const [only] = schemas;
  return {
    required: bodyIsOptional !== true,
    content: {
      [bodyType]: {
        schema: schemas.length === 1 && only !== undefined ? only : { oneOf: schemas },
        examples: Object.fromEntries(bodies.map(([{ name }, value]) => [name, { value }])),
      },
    },
  };
}

function responsesOf(row: RouteDefinition, note: OperationNote): Readonly<Record<string, Response>> {
  const responses: Record<string, Response> = { [row.status]: success(note) };
  for (const [status, other] of Object.entries(note.others ?? {})) responses[status] = success(other);
  const examples: Record<string, Record<string, object>> = {};
  for (const code of problemsOf(row, note)) {
    (examples[CATALOGUE[code].status] ??= {})[code] = { $ref: `#/components/examples/${code}` };
  }
  for (const error of note.upstream ?? []) {
    const [status, errorCode] = error;
    (examples[status] ??= {})[errorCode] = { value: upstreamExample(error) };
  }
  for (const [status, ofStatus] of Object.entries(examples)) {
    responses[status] = {
      description: Object.keys(ofStatus).join(', '),
      content: { [PROBLEM_TYPE]: { schema: schemaRef('Problem'), examples: ofStatus } },
    };
  }
  return responses;
}

function success({ summary, answer, mediaType }: Omit<OperationNote, 'others'>): Response {
  if (answer !== undefined) {
    return { description: summary, content: { 'application/json': { schema: schemaRef(answer) } } };
  }
  return mediaType === undefined
    ? { description: summary }
    : {
        description: summary,
        content: { [mediaType]: { schema: mediaType === 'application/json' ? {} : { type: 'string' } } },
      };
}

/**
 * What follows from a row: who may be refused what, in the order of the checks (docs/contract.md section 3).
 */
function problemsOf({ method, needs }: RouteDefinition, note: OperationNote): readonly ProblemCode[] {
  return [
    'bff_invalid_input',
    'bff_headers_too_large',
    'bff_request_timeout',
    'bff_payload_too_large',
    'bff_unknown_host',
    'bff_csrf_header_required',
    'bff_origin_not_allowed',
    ...(needs === 'nothing' ? [] : (['bff_session_required'] as const)),
    ...(isTenantNeed(needs) ? (['bff_tenant_not_found'] as const) : []),
    ...(needs === 'viewer' || needs === 'editor' || isAdminNeed(needs)
      ? (['bff_role_required'] as const)
      : []),
    ...(needs === 'elevated-admin' ? ADMINISTRATION : []),
    ...(method === 'GET' ? [] : (['bff_unsupported_media_type'] as const)),
    ...(note.problems ?? []),
    ...(note.upstream === undefined ? [] : FORWARDING),
  ];
}

function problemExample(code: ProblemCode): object {
  const { status, message, resolution } = CATALOGUE[code];
  return example(status, code, message, resolution);
}

function upstreamExample([status, errorCode, message]: UpstreamError): object {
  return example(status, errorCode, message, "The upstream's own words.");
}

function example(status: number, errorCode: string, message: string, resolution: string): object {
  return {
    type: `urn:problem-type:${errorCode}`,
    title: message,
    status,
    detail: message,
    instance: `urn:uuid:${REQUEST_ID}`,
    errorCode,
    message,
    resolution,
    requestId: REQUEST_ID,
  };
}

/** The schemas of the bodies that the notes name, and of what they are made of: closed, as unknown members are refused. */
function inputSchemas(): Readonly<Record<string, Schema>> {
  const all = validationMetadatasToSchemas({
    classTransformerMetadataStorage: defaultMetadataStorage,
    refPointerPrefix: '#/components/schemas/',
    // The library says `url`, which JSON Schema does not know (Validation 2020-12 section 7.3.5).
    additionalConverters: { [IS_URL]: { type: 'string', format: 'uri' } },
  }) as Readonly<Record<string, Schema>>;
  const found: Record<string, Schema> = {};
  const add = (name: string): void => {
    const schema = all[name];
    if (schema === undefined || name in found) return;
    found[name] = { ...schema, additionalProperties: false };
    for (const [, nested = ''] of JSON.stringify(schema).matchAll(/#\/components\/schemas\/(\w+)/g))
      add(nested);
  };
  for (const { bodies } of Object.values(OPERATION_NOTES)) bodies?.forEach(([{ name }]) => add(name));
  return found;
}
