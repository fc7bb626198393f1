import { type IncomingMessage } from 'node:http';
import { InvalidInputProblem, Problem } from '@bff/problems';
import { type FastifyReply, type FastifyRequest, type RequestPayload } from 'fastify';
import { checkFieldNames } from './json-body.js';
import { isForm, isReadable } from './media-type.js';
import { readInput, type RouteInput } from './route-input.js';
import { ROUTES } from './routes.js';

/**
 * Step 7 of the order of checks (docs/contract.md section 3), before the body is read: forms are accepted by the one route
 * that takes them, which accepts nothing else.
 */
export function checkMediaType(
  { bff: { operation }, raw }: FastifyRequest,
  _reply: FastifyReply,
  payload: RequestPayload,
  done: (error: Error | null, payload?: RequestPayload) => void,
): void {
  const takesForm = operation !== null && ROUTES[operation].form === true;
  if (isForm(raw) === takesForm && (!hasBody(raw) || isReadable(raw, takesForm))) done(null, payload);
  else done(new Problem('bff_unsupported_media_type'));
}

/** Step 9: the input of one route, after the body was read. */
export function inputCheck(
  input: RouteInput = {},
): (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void) => void {
  return (request, _reply, done) => {
    const { headers, url = '' } = request.raw;
    try {
      // Repeated headers arrive joined. The body parser rejects such a type, but not every route reads a body.
      if (headers['content-type']?.includes(',')) {
        throw new InvalidInputProblem(['Content-Type must not be repeated']);
      }
      if (url.includes('?')) checkQueryNames(request);
      if (request.method === 'DELETE') assertEmptyBody(request.body);
      const reading = readInput(request, input);
      if (reading === undefined) done();
      else reading.then(() => done(), done);
    } catch (error) {
      done(error as Error);
    }
  };
}

export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function checkQueryNames({ query, bff: { operation } }: FastifyRequest): void {
  checkFieldNames(query);
  if (operation !== null && ROUTES[operation].query !== undefined) return;
  const names = Object.keys(query as object);
  if (names.length > 0) throw new InvalidInputProblem(names.map((name) => `${name} should not exist`));
}

/** Path and query say what a DELETE removes: a body with members asks for something that would be ignored. */
function assertEmptyBody(body: unknown): void {
  if (body === undefined || body === null) return;
  const names = typeof body === 'object' && !Array.isArray(body) ? Object.keys(body) : ['body'];
  if (names.length > 0) throw new InvalidInputProblem(names.map((name) => `${name} should not exist`));
}
