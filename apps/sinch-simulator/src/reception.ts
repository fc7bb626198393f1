import type { IncomingMessage, ServerResponse } from 'node:http';
import { jsonAnswer, textAnswer, type Answer } from './answer.js';
import { controlPath, type Control } from './control/control.js';
import { deliver, reset } from './faults/delivery.js';
import type { Effect } from './faults/fault.js';
import { PapiError } from './papi-error.js';
import { requestTarget, type RequestTarget } from './request-target.js';
import { BodyTooLargeError, readBody } from './request-body.js';
import type { SinchServers, Visit } from './sinch-servers.js';

/** What the log may say of a request: no query, which can hold a page token, no header and no body. */
interface LogEntry {
  server?: string;
  projectId?: string;
  keyId?: string;
  error?: string;
}

interface Parts {
  readonly sinch: SinchServers;
  readonly control: Control;
  readonly now: () => number;
  readonly log: (line: object) => void;
  /** Ends whatever still waits. */
  readonly stop: AbortSignal;
}

/** Takes each request through reading, carrying out, answering and one log line. */
export class Reception {
  constructor(private readonly parts: Parts) {}

  readonly handle = (request: IncomingMessage, response: ServerResponse): void => {
    const { now, log } = this.parts;
    const startedAt = now();
    const target = requestTarget(request.url ?? '');
    const entry: LogEntry = {};
    response.once('close', () =>
      log({
        server: entry.server ?? null,
        method: request.method,
        path: target.path,
        status: response.headersSent ? response.statusCode : null,
        projectId: entry.projectId ?? null,
        keyId: entry.keyId ?? null,
        ms: now() - startedAt,
        ...(entry.error !== undefined && { error: entry.error }),
      }),
    );
    this.#respond(request, response, target, entry).catch((error: unknown) => {
      entry.error = error instanceof Error ? error.message : 'unknown';
      reset(response);
    });
  };

  async #respond(
    request: IncomingMessage,
    response: ServerResponse,
    target: RequestTarget,
    entry: LogEntry,
  ): Promise<void> {
    const isControl = target.path === controlPath || target.path.startsWith(`${controlPath}/`);
    const visit = isControl
      ? undefined
      : this.parts.sinch.receive(request.method ?? '', target, request.headers);
    note(entry, isControl ? 'control' : visit);
    const effect = visit?.effect;
    if (isResetAtOnce(effect)) return reset(response);

    const answer = await this.#answer(request, entry, (body) => {
      if (isControl) return this.parts.control.answer(request, target.path, body);
      return visit ? this.parts.sinch.answer(visit, body) : notFound(request.method, target);
    });
    await deliver(answer, effect, response, this.parts.stop);
  }

  async #answer(
    request: IncomingMessage,
    entry: LogEntry,
    carryOut: (body: Buffer) => Answer,
  ): Promise<Answer> {
    try {
      return carryOut(await readBody(request));
    } catch (error) {
      if (error instanceof BodyTooLargeError) return textAnswer(413, 'Payload Too Large');
      entry.error = error instanceof Error ? error.message : 'unknown';
      const internal = new PapiError('internal_error');
      return jsonAnswer(internal.status, internal.body);
    }
  }
}

function note(entry: LogEntry, visit: Visit | 'control' | undefined): void {
  if (visit === undefined) return;
  if (visit === 'control') {
    entry.server = visit;
    return;
  }
  entry.server = visit.server.name;
  if (visit.target.operation !== 'token') entry.projectId = visit.target.projectId;
  if (visit.keyId !== undefined) entry.keyId = visit.keyId;
}

function isResetAtOnce(effect: Effect | undefined): boolean {
  return effect !== undefined && 'reset' in effect && effect.reset === 'before';
}

/** What a Nest service answers outside its routes; upstream's own body is not published. */
function notFound(method: string | undefined, { path }: RequestTarget): Answer {
  const message = `Cannot ${method ?? ''} ${path}`;
  return jsonAnswer(404, { message, error: 'Not Found', statusCode: 404 });
}
