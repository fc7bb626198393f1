import { type InputClass } from '@bff/problems';
import { ProblemResponse } from '../http/problem.response.js';
import { type RouteDefinition, type RouteName, ROUTES } from '../http/routes.js';
import { componentName, componentSchemas, schemaRef } from './component-schemas.js';
import { type DocumentedOperation, type OpenApiDocument } from './openapi.js';
import { operationDescription } from './operation-description.js';
import { type OperationNote, type Success } from './operation-note.js';
import { OPERATION_NOTES } from './operation-notes.js';
import { parametersOf } from './parameters.js';
import { problemExamples, responsesOf } from './responses.js';
import { tagOf, TAGS } from './tags.js';

const DESCRIPTION = `Sessions, tenants and the WhatsApp account of each tenant, for web applications.

Every request from a script needs the header \`X-CSRF: 1\`. Every error has the schema \`Problem\`, and every response has the
header \`X-Request-Id\`. A 429 or 503 of the service has the header \`Retry-After\`.

The Sinch API may add enum values: the schemas list the known values and permit others.`;

/**
 * Creates the OpenAPI document of the routes from the route table, the notes, the error catalogue and the body
 * classes.
 */
export function openApiDocument(names: readonly RouteName[]): OpenApiDocument {
  const paths: Record<string, Record<string, DocumentedOperation>> = {};
  for (const name of names) {
    const route: RouteDefinition = ROUTES[name];
    const path = route.path.replace(/:([A-Za-z]+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(name, route) };
  }
  const tags = new Set(names.map(tagOf));
  return {
    openapi: '3.1.0',
    info: {
      title: 'Sinch Provisioning BFF',
      version: '1',
      description: DESCRIPTION,
      contact: { name: 'The operator of this service' },
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'The frontend from whose host this document was loaded.' }],
    tags: Object.entries(TAGS)
      .filter(([name]) => tags.has(name))
      .map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: componentSchemas(classesOf(names)),
      examples: problemExamples(),
      securitySchemes: {
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: '__Host-bff-session',
          description: 'The session cookie, which a sign-in sets.',
        },
      },
    },
  };
}

function operation(name: RouteName, route: RouteDefinition): DocumentedOperation {
  const note = OPERATION_NOTES[name];
  return {
    operationId: name,
    tags: [tagOf(name)],
    summary: note.summary,
    description: operationDescription(route, note),
    parameters: parametersOf(route),
    ...(note.bodies === undefined ? {} : { requestBody: requestBody(note) }),
    responses: responsesOf(route, note),
    security: route.needs === 'nothing' ? [] : [{ session: [] }],
    'x-needs': route.needs,
  };
}

function requestBody({
  bodies = [],
  bodyType = 'application/json',
  bodyIsOptional,
}: OperationNote): NonNullable<DocumentedOperation['requestBody']> {
  const schemas = bodies.map(([shape]) => schemaRef(shape));
  const [only] = schemas;
  return {
    required: bodyIsOptional !== true,
    content: {
      [bodyType]: {
        schema: schemas.length === 1 && only !== undefined ? only : { oneOf: schemas },
        examples: Object.fromEntries(bodies.map(([shape, value]) => [componentName(shape), { value }])),
      },
    },
  };
}

function classesOf(names: readonly RouteName[]): readonly InputClass[] {
  const ofSuccess = ({ response }: Success): readonly InputClass[] =>
    typeof response === 'object' ? response : [];
  const ofNotes = names.flatMap((name) => {
    const note: OperationNote = OPERATION_NOTES[name];
    const successes = [note, ...Object.values(note.others ?? {})];
    return [...(note.bodies ?? []).map(([shape]) => shape), ...successes.flatMap(ofSuccess)];
  });
  return [ProblemResponse, ...ofNotes];
}
