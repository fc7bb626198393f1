import { randomUUID } from 'node:crypto';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { BFF_CONFIG, type BffConfig } from '@bff/config';
import { Directory } from '@bff/database';
import { Problem, PROBLEM_MEDIA_TYPE, problemBody } from '@bff/problems';
import { Inject, Injectable } from '@nestjs/common';
import { clientErrorResponder } from '../http/client-errors.js';
import { Metrics } from './metrics.js';

/** Every answer carries these; the other headers of docs/contract.md section 3 are for browsers. */
const RESPONSE_HEADERS = { 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' } as const;

/** Where the service stands: traffic is welcome only in the middle. */
export type Phase = 'starting' | 'ready' | 'draining';

interface Page {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** The second listener (docs/contract.md section 3): health and metrics, and nothing else. */
@Injectable()
export class ManagementServer {
  phase: Phase = 'starting';
  private server: Server | undefined;

  private readonly pages: Readonly<Record<string, () => Page | Promise<Page>>> = {
    '/health/live': () => json(200, { status: 'alive' }),
    '/health/ready': () =>
      json(this.phase === 'ready' ? 200 : 503, {
        status: this.phase,
        directory: this.directory.isReachable() ? 'reachable' : 'unreachable',
      }),
    '/metrics': async () => ({
      status: 200,
      contentType: this.metrics.registry.contentType,
      body: await this.metrics.registry.metrics(),
    }),
  };

  constructor(
    private readonly directory: Directory,
    private readonly metrics: Metrics,
    @Inject(BFF_CONFIG) private readonly config: BffConfig,
  ) {}

  /** @throws the listen error, EADDRINUSE among them */
  async listen(): Promise<AddressInfo> {
    // Node would answer a request without Host by itself, without the headers.
    const server = createServer({ requireHostHeader: false }, (request, response) => {
      this.pageFor(request.method, request.url).then(
        (page) => write(response, page),
        () => write(response, problemPage(new Problem('bff_internal_error'))),
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

  private async pageFor(method: string | undefined, url: string | undefined): Promise<Page> {
    const page = this.pages[url?.split('?', 1)[0] ?? ''];
    if (page === undefined) return problemPage(new Problem('bff_route_not_found'));
    if (method !== 'GET') return problemPage(new Problem('bff_method_not_allowed', { allow: 'GET' }));
    return page();
  }
}

function json(status: number, body: object): Page {
  return { status, contentType: 'application/json; charset=utf-8', body: JSON.stringify(body) };
}

function problemPage(problem: Problem): Page & { readonly allow?: string | undefined } {
  const body = problemBody(problem, randomUUID());
  return { status: problem.status, contentType: PROBLEM_MEDIA_TYPE, body, allow: problem.allow };
}

function write(response: ServerResponse, page: Page & { readonly allow?: string | undefined }): void {
  response.writeHead(page.status, {
    ...RESPONSE_HEADERS,
    ...(page.allow === undefined ? {} : { allow: page.allow }),
    'content-type': page.contentType,
  });
  response.end(page.body);
}
