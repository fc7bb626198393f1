import type { IncomingMessage, ServerResponse } from 'node:http';
import { jsonResponse, textResponse, type HttpResponse } from './http-response.js';
import { controlPath, type Control } from './control/control.js';
import { sendResponse, resetConnection } from './faults/send-response.js';
import type { Effect } from './faults/fault.js';
import { ApiError } from './api-error.js';
import { requestTarget, type RequestTarget } from './request-target.js';
import { BodyTooLargeError, readBody } from './request-body.js';
import type { SinchServers, SinchRequest } from './sinch-servers.js';

/** The logged fields of a request. Query, headers and body are not logged, because they can contain tokens. */
interface LogEntry {
  server?: string;
  projectId?: string;
  keyId?: string;
  error?: string;
}

interface Dependencies {
  readonly sinch: SinchServers;
  readonly control: Control;
  readonly now: () => number;
  readonly log: (line: object) => void;
  /** Cancels pending delays. */
  readonly stop: AbortSignal;
}

/** Handles each HTTP request: reads it, executes it, sends the response and logs one line. */
export class RequestHandler {
  constructor(private readonly dependencies: Dependencies) {}

  readonly handle = (request: IncomingMessage, reply: ServerResponse): void => {
    const { now, log } = this.dependencies;
    const startedAt = now();
    const target = requestTarget(request.url ?? '');
    const entry: LogEntry = {};
    reply.once('close', () =>
      log({
        server: entry.server ?? null,
        method: request.method,
        path: target.path,
        status: reply.headersSent ? reply.statusCode : null,
        projectId: entry.projectId ?? null,
        keyId: entry.keyId ?? null,
        ms: now() - startedAt,
        ...(entry.error !== undefined && { error: entry.error }),
      }),
    );
    this.#respond(request, reply, target, entry).catch((error: unknown) => {
      entry.error = error instanceof Error ? error.message : 'unknown';
      resetConnection(reply);
    });
  };

  async #respond(
    request: IncomingMessage,
    reply: ServerResponse,
    target: RequestTarget,
    entry: LogEntry,
  ): Promise<void> {
    const isControl = target.path === controlPath || target.path.startsWith(`${controlPath}/`);
    const sinchRequest = isControl
      ? undefined
      : this.dependencies.sinch.accept(request.method ?? '', target, request.headers);
    addRequestFields(entry, isControl ? 'control' : sinchRequest);
    const effect = sinchRequest?.effect;
    if (isImmediateReset(effect)) return resetConnection(reply);

    const response = await this.#execute(request, entry, (body) => {
      if (isControl) return this.dependencies.control.handle(request, target.path, body);
      return sinchRequest
        ? this.dependencies.sinch.handle(sinchRequest, body)
        : notFound(request.method, target);
    });
    await sendResponse(response, effect, reply, this.dependencies.stop);
  }

  async #execute(
    request: IncomingMessage,
    entry: LogEntry,
    execute: (body: Buffer) => HttpResponse,
  ): Promise<HttpResponse> {
    try {
      return execute(await readBody(request));
    } catch (error) {
      if (error instanceof BodyTooLargeError) return textResponse(413, 'Payload Too Large');
      entry.error = error instanceof Error ? error.message : 'unknown';
      const internal = new ApiError('internal_error');
      return jsonResponse(internal.status, internal.body);
    }
  }
}

function addRequestFields(entry: LogEntry, sinchRequest: SinchRequest | 'control' | undefined): void {
  if (sinchRequest === undefined) return;
  if (sinchRequest === 'control') {
    entry.server = sinchRequest;
    return;
  }
  entry.server = sinchRequest.server.name;
  if (sinchRequest.target.operation !== 'token') entry.projectId = sinchRequest.target.projectId;
  if (sinchRequest.keyId !== undefined) entry.keyId = sinchRequest.keyId;
}

function isImmediateReset(effect: Effect | undefined): boolean {
  return effect !== undefined && 'reset' in effect && effect.reset === 'before';
}

/** The response of a Nest service to an unknown route; the body of the upstream is not published. */
function notFound(method: string | undefined, { path }: RequestTarget): HttpResponse {
  const message = `Cannot ${method ?? ''} ${path}`;
  return jsonResponse(404, { message, error: 'Not Found', statusCode: 404 });
}
