import { type IncomingMessage } from 'node:http';
import { InvalidInputProblem, Problem } from '@bff/problems';
import { type FastifyReply, type FastifyRequest, type RequestPayload } from 'fastify';
import { checkFieldNames } from './json-body.js';
import { isForm, isReadable } from './media-type.js';
import { readInput, type RouteInput } from './route-input.js';
import { ROUTES } from './routes.js';

/**
 * Checks the media type before the body is read (step 7 of the order of checks, docs/contract.md section 3). Only the
 * back-channel logout accepts a form, and it accepts nothing else.
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

/** Creates the hook that checks the input of one route after the body was read (step 9). */
export function inputCheck(
  input: RouteInput = {},
): (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void) => void {
  return (request, _reply, done) => {
    const { headers, url = '' } = request.raw;
    try {
      // Node joins repeated headers. The body parser rejects the joined type, but not every request has a body.
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

/** The path and the query identify what a DELETE removes, so fields in its body would be ignored silently. */
function assertEmptyBody(body: unknown): void {
  if (body === undefined || body === null) return;
  const names = typeof body === 'object' && !Array.isArray(body) ? Object.keys(body) : ['body'];
  if (names.length > 0) throw new InvalidInputProblem(names.map((name) => `${name} should not exist`));
}
