import type { IncomingHttpHeaders } from 'node:http';
import { AccountApi } from './account-api.js';
import { emptyAnswer, jsonAnswer, type Answer } from './answer.js';
import { AuthorizationDesk } from './authorization-desk.js';
import { credentialsOf } from './credentials.js';
import { cannedAnswer } from './faults/canned-answer.js';
import type { FaultBook } from './faults/fault-book.js';
import type { Effect } from './faults/fault.js';
import type { RequestTarget } from './request-target.js';
import { targetOf, type Target } from './operations.js';
import { PapiError } from './papi-error.js';
import { servers, type ServerName, type SinchServer } from './servers.js';
import type { World } from './world.js';

/** A request that reached one of the six servers, before it is carried out. */
export interface Visit {
  readonly server: SinchServer;
  readonly target: Target;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly keyId: string | undefined;
  readonly effect: Effect | undefined;
}

export class SinchServers {
  readonly #desks: ReadonlyMap<ServerName, AuthorizationDesk>;
  readonly #accounts: AccountApi;

  constructor(
    private readonly world: World,
    private readonly faults: FaultBook,
    now: () => number,
  ) {
    this.#desks = new Map(servers.map((server) => [server.name, new AuthorizationDesk(server, world, now)]));
    this.#accounts = new AccountApi(world, now);
  }

  /** Undefined when the path leads nowhere. Uses up a fault that fits. */
  receive(method: string, { path, query }: RequestTarget, headers: IncomingHttpHeaders): Visit | undefined {
    const server = servers.find(({ name }) => path.startsWith(`/${name}/`));
    const target = server && targetOf(method, path.slice(server.name.length + 1));
    if (server === undefined || target === undefined) return undefined;

    const keyId = this.#desk(server).keyIdOf(headers.authorization);
    const effect = this.faults.take({
      server: server.name,
      operation: target.operation,
      projectIds: target.operation === 'token' ? this.#projectsOf(server, keyId) : [target.projectId],
      hasToken: credentialsOf(headers.authorization)?.scheme === 'bearer',
    });
    return { server, target, query, headers, keyId, effect };
  }

  answer(visit: Visit, body: Buffer): Answer {
    try {
      return this.#answer(visit, body);
    } catch (error) {
      if (error instanceof PapiError) return jsonAnswer(error.status, error.body, error.headers);
      throw error;
    }
  }

  #answer({ server, target, query, headers, effect }: Visit, body: Buffer): Answer {
    if (effect && 'answer' in effect) return cannedAnswer(effect.answer);
    if (effect && 'redirect' in effect) return emptyAnswer(307, { location: effect.redirect });

    const desk = this.#desk(server);
    const isRefused = effect !== undefined && 'refuseClients' in effect;
    const { authorization, 'content-type': contentType } = headers;
    if (target.operation === 'token')
      return isRefused ? desk.clientRefusal() : desk.token({ authorization, contentType, body });

    if (isRefused) throw desk.refusal(authorization);
    if (effect && 'expireTokens' in effect) desk.expireTokenOf(authorization);
    desk.admit(authorization, target.projectId);
    const project = this.world.project(server.environment, target.projectId);
    return this.#accounts.answer({ operation: target.operation, project, query, contentType, body });
  }

  #desk({ name }: SinchServer): AuthorizationDesk {
    const desk = this.#desks.get(name);
    if (desk === undefined) throw new Error(`No authorization desk for ${name}`);
    return desk;
  }

  #projectsOf({ environment, plane }: SinchServer, keyId: string | undefined): string[] {
    if (plane === 'admin') return [];
    return this.world.projects
      .filter((project) => project.environment === environment)
      .filter(({ clients }) => clients.some((client) => client.keyId === keyId))
      .map(({ projectId }) => projectId);
  }
}
