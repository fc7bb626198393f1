import type { IncomingMessage } from 'node:http';
import { isJsonType } from '../account-input.js';
import { emptyResponse, jsonResponse, type HttpResponse } from '../http-response.js';
import type { FaultRegistry } from '../faults/fault-registry.js';
import { matchPath } from '../path-pattern.js';
import type { Project, Store } from '../store.js';
import { ControlError } from './control-error.js';
import {
  adminClientInput,
  conditionInput,
  faultInput,
  inputOf,
  projectInput,
  settleInput,
} from './control-input.js';
import { isFromLoopback } from './loopback.js';
import { overview, projectView } from './overview.js';
import { seededProject, settledProject } from './seed.js';

export const controlPath = '/_simulator';

interface Command {
  readonly parameters: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly contentType: string | undefined;
}

interface Route {
  readonly method: string;
  readonly path: string;
  readonly handle: (command: Command) => HttpResponse;
}

/** Handles the control path, which sets up state and faults for tests and demos. The upstream has no counterpart. */
export class Control {
  readonly #routes: readonly Route[] = [
    { method: 'GET', path: '', handle: () => this.#overview() },
    { method: 'PUT', path: '/projects', handle: (command) => this.#putProject(command) },
    { method: 'PUT', path: '/admin-clients', handle: (command) => this.#putAdminClient(command) },
    {
      method: 'POST',
      path: '/projects/:environment/:projectId/settle',
      handle: (command) => this.#settle(command),
    },
    {
      method: 'PUT',
      path: '/projects/:environment/:projectId/condition',
      handle: (command) => this.#putCondition(command),
    },
    { method: 'POST', path: '/faults', handle: (command) => this.#addFault(command) },
    { method: 'GET', path: '/faults', handle: () => jsonResponse(200, { faults: this.faults.list() }) },
    { method: 'DELETE', path: '/faults', handle: () => this.#clearFaults() },
    { method: 'DELETE', path: '/faults/:id', handle: (command) => this.#removeFault(command) },
  ];

  constructor(
    private readonly store: Store,
    private readonly faults: FaultRegistry,
    private readonly now: () => number,
    private readonly url: () => string,
  ) {}

  handle(request: IncomingMessage, path: string, body: Buffer): HttpResponse {
    try {
      if (!isFromLoopback(request))
        throw new ControlError(403, 'The control path accepts only requests from this machine');
      for (const { method, path: pattern, handle } of this.#routes) {
        const parameters =
          method === request.method ? matchPath(`${controlPath}${pattern}`, path) : undefined;
        if (parameters) return handle({ parameters, body, contentType: request.headers['content-type'] });
      }
      throw new ControlError(404, 'Unknown control route; see the README of the simulator');
    } catch (error) {
      if (error instanceof ControlError) return jsonResponse(error.status, { error: error.message });
      throw error;
    }
  }

  #overview(): HttpResponse {
    return jsonResponse(200, overview(this.store, this.faults, this.url()));
  }

  #putProject(command: Command): HttpResponse {
    const input = inputOf(jsonOf(command), projectInput);
    const known = this.store.project(input.environment, input.projectId);
    const project = known
      ? { ...known, clients: input.clients, name: input.name ?? known.name, review: input.review }
      : seededProject(input, this.now());
    this.store.put(project);
    return jsonResponse(200, projectView(project));
  }

  #putAdminClient(command: Command): HttpResponse {
    const client = inputOf(jsonOf(command), adminClientInput);
    this.store.putAdminClient(client);
    return jsonResponse(200, { environment: client.environment, keyId: client.keyId });
  }

  #settle(command: Command): HttpResponse {
    const project = this.#project(command);
    const { outcome, comment } = inputOf(jsonOf(command), settleInput);
    const settled = settledProject(project, outcome, this.now(), comment);
    if (settled === undefined)
      throw new ControlError(409, 'The project has no pending submission for this decision');
    this.store.put(settled);
    return jsonResponse(200, settled.account);
  }

  #putCondition(command: Command): HttpResponse {
    const project = this.#project(command);
    const { condition } = project;
    const input = inputOf(jsonOf(command), conditionInput);
    const changed = {
      ...project,
      condition: {
        corrupt: input.corrupt ?? condition.corrupt,
        senderIds: input.senderIds ?? condition.senderIds,
        pendingSenderChanges: input.pendingSenderChanges ?? condition.pendingSenderChanges,
        templateDraftsStuck: input.templateDraftsStuck ?? condition.templateDraftsStuck,
      },
    };
    this.store.put(changed);
    return jsonResponse(200, projectView(changed));
  }

  #addFault(command: Command): HttpResponse {
    return jsonResponse(201, this.faults.add(inputOf(jsonOf(command), faultInput)));
  }

  #clearFaults(): HttpResponse {
    this.faults.clear();
    return emptyResponse(204);
  }

  #removeFault({ parameters }: Command): HttpResponse {
    if (!this.faults.remove(parameters['id'] ?? ''))
      throw new ControlError(404, 'The fault does not exist or has been used up');
    return emptyResponse(204);
  }

  #project({ parameters }: Command): Project {
    const project = this.store.project(parameters['environment'] ?? '', parameters['projectId'] ?? '');
    if (project === undefined) throw new ControlError(404, 'The project does not exist');
    return project;
  }
}

/** Requires JSON, because a page of another origin cannot send that content type without a CORS preflight. */
function jsonOf({ body, contentType }: Command): unknown {
  if (!isJsonType(contentType)) throw new ControlError(415, 'The body must be sent as application/json');
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new ControlError(400, 'The body is not JSON');
  }
}
