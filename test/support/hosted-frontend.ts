import { once } from 'node:events';
import { createServer, request as httpRequest, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';

const PAGE = '<!doctype html><title>Frontend</title>';

/** A request that was proxied to the service, and the status of its response. */
export interface ServedRequest {
  readonly method: string;
  readonly path: string;
  readonly cookies: string;
  readonly status: number;
}

/**
 * A hosted frontend: it serves a page at `/app` and proxies all other requests to the service, with their
 * Host.
 */
export class HostedFrontend {
  servicePort = 0;
  readonly served: ServedRequest[] = [];

  private constructor(
    private readonly server: Server,
    readonly origin: string,
  ) {}

  static async start(): Promise<HostedFrontend> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const frontend = new HostedFrontend(server, `http://localhost:${port}`);
    server.on('request', (request, response) => {
      const { method = 'GET', url = '/', headers } = request;
      if (url.split('?', 1)[0] === '/app') {
        response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE);
        return;
      }
      const target = { host: '127.0.0.1', port: frontend.servicePort, method, path: url, headers };
      const onward = httpRequest({ ...target, setHost: false }, (answer) => {
        const { statusCode: status = 502 } = answer;
        frontend.served.push({ method, path: url, cookies: headers.cookie ?? '', status });
        response.writeHead(status, answer.headers);
        answer.pipe(response);
      });
      onward.on('error', () => response.destroy());
      request.pipe(onward);
    });
    return frontend;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}
