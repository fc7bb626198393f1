import { randomUUID } from 'node:crypto';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { BFF_CONFIG, type BffConfig } from '@bff/config';
import { Directory } from '@bff/database';
import { Problem, PROBLEM_MEDIA_TYPE, problemBody } from '@bff/problems';
import { State } from '@bff/state';
import { Inject, Injectable } from '@nestjs/common';
import { clientErrorResponder } from '../http/client-errors.js';
import { Metrics } from './metrics.js';
import { NodeAgreement } from './node-agreement.js';

/** Headers of every response; the other headers of docs/contract.md section 3 are for browsers. */
const RESPONSE_HEADERS = { 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' } as const;

/** The life-cycle phase of the service; only `ready` accepts traffic. */
export type Phase = 'starting' | 'ready' | 'draining';

interface ManagementResponse {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly allow?: string | undefined;
}

/** The management listener, which serves only health and metrics (docs/contract.md section 3). */
@Injectable()
export class ManagementServer {
  phase: Phase = 'starting';
  private server: Server | undefined;

  private readonly handlers: Readonly<
    Record<string, () => ManagementResponse | Promise<ManagementResponse>>
  > = {
    '/health/live': () => json(200, { status: 'alive' }),
    '/health/ready': () =>
      json(this.phase === 'ready' && this.state.problem === null ? 200 : 503, {
        status: this.phase === 'ready' && this.state.problem !== null ? 'unavailable' : this.phase,
        directory: this.directory.isReachable() ? 'reachable' : 'unreachable',
        sessionStore: this.state.problem === null ? 'reachable' : 'unreachable',
        ...(this.agreement.differences.length > 0 && { differences: this.agreement.differences }),
      }),
    '/metrics': async () => ({
      status: 200,
      contentType: this.metrics.registry.contentType,
      body: await this.metrics.registry.metrics(),
    }),
  };

  constructor(
    private readonly directory: Directory,
    private readonly state: State,
    private readonly metrics: Metrics,
    private readonly agreement: NodeAgreement,
    @Inject(BFF_CONFIG) private readonly config: BffConfig,
  ) {}

  /** @throws the listen error, such as EADDRINUSE */
  async listen(): Promise<AddressInfo> {
    // Otherwise Node would answer a request without Host itself, without these headers.
    const server = createServer({ requireHostHeader: false }, (request, response) => {
      this.responseTo(request.method, request.url).then(
        (result) => send(response, result),
        () => send(response, problemResponse(new Problem('bff_internal_error'))),
      );
    });
    server.on(
      'clientError',
      clientErrorResponder(
        () => undefined,
        () => RESPONSE_HEADERS,
      ),
    );
    await new Promise<void>((done, fail) => {
      server.once('error', fail);
      server.listen(this.config.management, () => done());
    });
    this.server = server;
    return server.address() as AddressInfo;
  }

  async close(): Promise<void> {
    const { server } = this;
    if (server === undefined) return;
    await new Promise((done) => {
      server.close(done);
      server.closeAllConnections();
    });
  }

  private async responseTo(method: string | undefined, url: string | undefined): Promise<ManagementResponse> {
    const handler = this.handlers[url?.split('?', 1)[0] ?? ''];
    if (handler === undefined) return problemResponse(new Problem('bff_route_not_found'));
    if (method !== 'GET') return problemResponse(new Problem('bff_method_not_allowed', { allow: 'GET' }));
    return handler();
  }
}

function json(status: number, body: object): ManagementResponse {
  return { status, contentType: 'application/json; charset=utf-8', body: JSON.stringify(body) };
}

function problemResponse(problem: Problem): ManagementResponse {
  const body = problemBody(problem, randomUUID());
  return { status: problem.status, contentType: PROBLEM_MEDIA_TYPE, body, allow: problem.allow };
}

function send(response: ServerResponse, { status, contentType, body, allow }: ManagementResponse): void {
  response.writeHead(status, {
    ...RESPONSE_HEADERS,
    ...(allow === undefined ? {} : { allow }),
    'content-type': contentType,
  });
  response.end(body);
}
