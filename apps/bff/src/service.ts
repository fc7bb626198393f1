import { type AddressInfo } from 'node:net';
import { type BffConfig } from '@bff/config';
import { createApp } from './configure-app.js';
import { Log } from './operations/log.js';
import { ManagementServer } from './operations/management-server.js';

/** The running service: two listeners, and a way to end them that loses no request in flight. */
export interface Service {
  readonly port: number;
  readonly managementPort: number;
  close(): Promise<void>;
}

/**
 * Starts the service: health answers as soon as the database is open, traffic is taken when the directory has been read.
 * @throws DatabaseInUseError, the listen error, or what made a module fail; then nothing is left behind
 */
export async function startService(config: BffConfig): Promise<Service> {
  const app = await createApp(config);
  const management = app.get(ManagementServer);
  const log = app.get(Log);
  try {
    const { port: managementPort } = await management.listen();
    await app.init();
    await app.getHttpAdapter().getInstance().listen(config.public);
    management.phase = 'ready';
    const { port } = app.getHttpServer().address() as AddressInfo;
    log.listening(port, managementPort);
    const close = async (): Promise<void> => {
      management.phase = 'draining';
      await app.close();
      await management.close();
      await log.flush();
    };
    return { port, managementPort, close };
  } catch (error) {
    await management.close();
    await app.close();
    await log.flush();
    throw error;
  }
}
