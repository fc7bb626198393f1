import {
  InvalidInputProblem,
  PeerFailure,
  peerOf,
  Problem,
  PROBLEM_MEDIA_TYPE,
  type ProblemDetails,
  problemBody,
} from '@bff/problems';
import { BrowserGoneError, UpstreamError } from '@bff/upstream';
import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { type RequestContext } from './request-context.js';

const logger = new Logger('Problem');

/** Sends every error as a problem, whether a handler, a hook, the router or the body parser threw it. */
@Catch()
export class ProblemFilter implements ExceptionFilter<unknown> {
  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    sendProblem(http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>(), error);
  }
}

export function sendProblem(request: FastifyRequest, reply: FastifyReply, error: unknown): void {
  const { bff } = request;
  if (error instanceof BrowserGoneError || reply.sent || reply.raw.headersSent) return;
  const problem: ProblemDetails = problemOf(error);
  bff.errorCode = problem.errorCode;
  report(problem, error, bff);
  reply.code(problem.status).header('content-type', PROBLEM_MEDIA_TYPE);
  if (problem.retryAfter !== undefined) reply.header('retry-after', problem.retryAfter);
  if (problem.allow !== undefined) reply.header('allow', problem.allow);
  // Closing the connection avoids reading the rest of an oversized body.
  if (problem.status === 413) reply.header('connection', 'close');
  reply.send(problemBody(problem, bff.requestId));
}

/**
 * Logs an internal error with its stack, and the failure of a peer with its cause, which the response does not
 * reveal.
 */
function report(problem: ProblemDetails, error: unknown, { requestId, upstream }: RequestContext): void {
  if (problem.errorCode === 'bff_internal_error') {
    logger.error(requestId, error);
    return;
  }
  const peer = peerOf(problem) ?? upstream?.server ?? null;
  if (problem instanceof UpstreamError || problem.status < 500 || peer === null) return;
  logger.warn(new PeerFailure(peer, problem, problem.errorCode, requestId));
}

/** Problems of Fastify's own errors; any other error with a 4xx status is invalid input (fastify `lib/errors.js`). */
const FASTIFY_PROBLEMS: Readonly<Record<string, () => Problem>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () => new Problem('bff_unsupported_media_type'),
  FST_ERR_CTP_BODY_TOO_LARGE: () => new Problem('bff_payload_too_large'),
  FST_ERR_NOT_FOUND: () => new Problem('bff_route_not_found'),
  FST_ERR_BAD_URL: () => new Problem('bff_route_not_found'),
};

function problemOf(error: unknown): ProblemDetails {
  if (error instanceof Problem || error instanceof UpstreamError) return error;
  const { code = '', statusCode = 500 } = (error ?? {}) as { code?: string; statusCode?: number };
  const known = FASTIFY_PROBLEMS[code];
  if (known !== undefined) return known();
  if (code.startsWith('FST_') && statusCode >= 400 && statusCode < 500) {
    return new InvalidInputProblem(['the request is not well-formed'], error);
  }
  return new Problem('bff_internal_error', { cause: error });
}
