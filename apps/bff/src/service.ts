import { once } from 'node:events';
import { type Server } from 'node:http';
import { type BffConfig, ConfigurationError, type PublicListener } from '@bff/config';
import { createApp } from './create-app.js';
import { Drain, EXIT_MS, FINISH_MS } from './connections/drain.js';
import { OpenConnections } from './connections/open-connections.js';
import { keepTickShape } from './keep-tick-shape.js';
import { Log } from './observability/log.js';
import { ManagementServer } from './observability/management-server.js';

/** The running service with its two listeners. Both ways to stop it let in-flight requests finish. */
export interface Service {
  readonly port: number;
  readonly managementPort: number;
  /** Continues to serve requests for `BFF_DRAIN_SECONDS`, then closes. */
  drain(): Promise<void>;
  /** Stops accepting connections and closes after the in-flight requests. */
  close(): Promise<void>;
}

/**
 * Starts the service. The management listener opens first, the public listener after the directory has been read.
 * @throws DatabaseInUseError, ConfigurationError, a listen error or the error of a module; both listeners and the database are then closed
 */
export async function startService(config: BffConfig): Promise<Service> {
  keepTickShape();
  const app = await createApp(config);
  const management = app.get(ManagementServer);
  const log = app.get(Log);
  try {
    const { port: managementPort } = await management.listen();
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
    const port = await listen(app.getHttpServer(), config.public);
    management.phase = 'ready';
    log.listening(port, managementPort);
    for (const warning of config.warnings) log.warn(warning);
    const drain = new Drain(
      {
        connections: app.get(OpenConnections),
        markNotReady: () => (management.phase = 'draining'),
        close: async () => {
          await app.close();
          await management.close();
        },
        warn: (message) => log.warn(message),
      },
      { serveMs: config.drainMs, finishMs: FINISH_MS, exitMs: EXIT_MS },
    );
    const flushLog = (): Promise<void> => log.flush();
    return {
      port,
      managementPort,
      drain: () => drain.begin().finally(flushLog),
      close: () => drain.beginNow().finally(flushLog),
    };
  } catch (error) {
    await management.close();
    await app.close();
    await log.flush();
    throw error;
  }
}

/** Not by Fastify, which cannot listen on a passed socket that is not a TCP socket and ends the process. @returns the port */
async function listen(server: Server, { host, port, fd }: PublicListener): Promise<number> {
  server.listen(fd === undefined ? { host, port } : { fd });
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string')
    throw new ConfigurationError(['LISTEN_FDS: must be a TCP socket']);
  return address.port;
}
