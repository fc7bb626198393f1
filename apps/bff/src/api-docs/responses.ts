import { CATALOGUE, type InputClass, type ProblemCode } from '@bff/problems';
import { isAdminNeed, isTenantNeed } from '@bff/tenancy';
import { UPSTREAM_ERRORS, type UpstreamErrorCode } from '../http/error-codes.js';
import { ProblemResponse } from '../http/problem.response.js';
import { type Schema } from '../http/response-fields.js';
import { type RouteDefinition } from '../http/routes.js';
import { schemaRef } from './component-schemas.js';
import { type Response } from './openapi.js';
import { type OperationNote, type Success } from './operation-note.js';

const REQUEST_ID = 'f4b4e8e3-0193-41f2-9929-818a627b4c27';
const PROBLEM_TYPE = 'application/problem+json';

/** Errors of proxied routes; `tenants.route` reports them in a 200. */
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

const ADMINISTRATION: readonly ProblemCode[] = ['bff_elevation_required', 'bff_audit_unavailable'];

/** Errors that are not specific to an operation. */
const OTHERS: readonly ProblemCode[] = [
  'bff_method_not_allowed',
  'bff_internal_error',
  'bff_session_store_unavailable',
];

export function responsesOf(route: RouteDefinition, note: OperationNote): Readonly<Record<string, Response>> {
  const responses: Record<string, Response> = { [route.status]: successResponse(note) };
  for (const [status, other] of Object.entries(note.others ?? {})) responses[status] = successResponse(other);
  const examples: Record<string, Record<string, object>> = {};
  for (const code of problemsOf(route, note)) {
    (examples[CATALOGUE[code].status] ??= {})[code] = problemRef(code);
  }
  for (const code of note.upstream ?? []) {
    const [status] = UPSTREAM_ERRORS[code];
    (examples[status] ??= {})[code] = { value: upstreamExample(code) };
  }
  for (const [status, ofStatus] of Object.entries(examples)) {
    responses[status] = errorResponse(Object.keys(ofStatus).join(', '), ofStatus);
  }
  const others = Object.fromEntries(OTHERS.map((code) => [code, problemRef(code)]));
  responses['default'] = errorResponse('Any other error, with the same schema', others);
  return responses;
}

/** The examples of `components`: one for each error code of the service. */
export function problemExamples(): Readonly<Record<string, { readonly value: object }>> {
  return Object.fromEntries(
    Object.entries(CATALOGUE).map(([code, { status, message, resolution }]) => [
      code,
      { value: example(status, code, message, resolution) },
    ]),
  );
}

function errorResponse(description: string, examples: Readonly<Record<string, object>>): Response {
  return { description, content: { [PROBLEM_TYPE]: { schema: schemaRef(ProblemResponse), examples } } };
}

function problemRef(code: ProblemCode): object {
  return { $ref: `#/components/examples/${code}` };
}

function successResponse({ summary, response, mediaType = 'application/json' }: Success): Response {
  if (response === undefined) return { description: summary };
  return { description: summary, content: { [mediaType]: { schema: responseSchema(response) } } };
}

function responseSchema(response: NonNullable<Success['response']>): Schema {
  if (response === 'text') return { type: 'string' };
  if (response === 'object') return { type: 'object', additionalProperties: true };
  const [first, ...others] = response;
  return others.length === 0
    ? schemaRef(first)
    : { oneOf: response.map((shape: InputClass) => schemaRef(shape)) };
}

/** The errors that follow from a row, in the order of the checks (docs/contract.md section 3), then those of the note. */
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

function upstreamExample(code: UpstreamErrorCode): object {
  const [status, message] = UPSTREAM_ERRORS[code];
  return example(status, code, message, 'The resolution that the upstream gives.');
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
