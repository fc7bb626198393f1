import type { IncomingHttpHeaders } from 'node:http';
import { AccountApi } from './account-api.js';
import { emptyResponse, jsonResponse, type HttpResponse } from './http-response.js';
import { AuthorizationServer } from './authorization-server.js';
import { credentialsOf } from './credentials.js';
import { cannedResponse } from './faults/canned-response.js';
import type { FaultRegistry } from './faults/fault-registry.js';
import type { Effect } from './faults/fault.js';
import type { RequestTarget } from './request-target.js';
import { matchOperation, type OperationTarget } from './operations.js';
import { ApiError } from './api-error.js';
import { servers, type ServerName, type SinchServer } from './servers.js';
import type { Store } from './store.js';

/** A request to an operation of one of the six servers, before its body is read. */
export interface SinchRequest {
  readonly server: SinchServer;
  readonly target: OperationTarget;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly keyId: string | undefined;
  readonly effect: Effect | undefined;
}

/** The six servers of the upstream. */
export class SinchServers {
  readonly #authorizationServers: ReadonlyMap<ServerName, AuthorizationServer>;
  readonly #accounts: AccountApi;

  constructor(
    private readonly store: Store,
    private readonly faults: FaultRegistry,
    now: () => number,
  ) {
    this.#authorizationServers = new Map(
      servers.map((server) => [server.name, new AuthorizationServer(server, store, now)]),
    );
    this.#accounts = new AccountApi(store, now);
  }

  /**
   * Matches a request to an operation, and uses up a matching fault.
   * @returns undefined if there is no such operation
   */
  accept(
    method: string,
    { path, query }: RequestTarget,
    headers: IncomingHttpHeaders,
  ): SinchRequest | undefined {
    const server = servers.find(({ name }) => path.startsWith(`/${name}/`));
    const target = server && matchOperation(method, path.slice(server.name.length + 1));
    if (server === undefined || target === undefined) return undefined;

    const keyId = this.#authorizationServer(server).keyIdOf(headers.authorization);
    const effect = this.faults.consume({
      server: server.name,
      operation: target.operation,
      projectIds: target.operation === 'token' ? this.#projectsOf(server, keyId) : [target.projectId],
      hasToken: credentialsOf(headers.authorization)?.scheme === 'bearer',
    });
    return { server, target, query, headers, keyId, effect };
  }

  handle(request: SinchRequest, body: Buffer): HttpResponse {
    try {
      return this.#execute(request, body);
    } catch (error) {
      if (error instanceof ApiError) return jsonResponse(error.status, error.body, error.headers);
      throw error;
    }
  }

  #execute({ server, target, query, headers, effect }: SinchRequest, body: Buffer): HttpResponse {
    if (effect && 'answer' in effect) return cannedResponse(effect.answer);
    if (effect && 'redirect' in effect) return emptyResponse(307, { location: effect.redirect });

    const authorizationServer = this.#authorizationServer(server);
    const isRefused = effect !== undefined && 'refuseClients' in effect;
    const { authorization, 'content-type': contentType } = headers;
    if (target.operation === 'token')
      return isRefused
        ? authorizationServer.invalidClient()
        : authorizationServer.token({ authorization, contentType, body });

    if (isRefused) throw authorizationServer.unauthorized(authorization);
    if (effect && 'expireTokens' in effect) authorizationServer.expireTokenOf(authorization);
    authorizationServer.authorize(authorization, target.projectId);
    const project = this.store.project(server.environment, target.projectId);
    return this.#accounts.handle({ operation: target.operation, project, query, contentType, body });
  }

  #authorizationServer({ name }: SinchServer): AuthorizationServer {
    const authorizationServer = this.#authorizationServers.get(name);
    if (authorizationServer === undefined) throw new Error(`No authorization server for ${name}`);
    return authorizationServer;
  }

  #projectsOf({ environment, plane }: SinchServer, keyId: string | undefined): string[] {
    if (plane === 'admin') return [];
    return this.store.projects
      .filter((project) => project.environment === environment)
      .filter(({ clients }) => clients.some((client) => client.keyId === keyId))
      .map(({ projectId }) => projectId);
  }
}
