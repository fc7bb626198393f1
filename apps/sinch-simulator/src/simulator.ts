import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Control } from './control/control.js';
import { readState, writeState } from './data-file.js';
import { FaultRegistry } from './faults/fault-registry.js';
import { RequestHandler } from './request-handler.js';
import { SinchServers } from './sinch-servers.js';
import { emptyState, Store } from './store.js';

export interface SimulatorOptions {
  readonly host?: string;
  /** 0 selects a free port. */
  readonly port?: number;
  /** Path of the JSON file that keeps projects, clients, accounts and activities; absent: memory only. */
  readonly dataFile?: string;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  readonly log?: (line: object) => void;
}

export interface Simulator {
  readonly url: string;
  readonly port: number;
  /** Stops the server and closes every connection, including those that a fault keeps open. */
  close(): Promise<void>;
}

/**
 * Starts the simulator.
 * @throws DataFileError, or the error of the socket, such as EADDRINUSE
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { host = '127.0.0.1', port = 4010, dataFile, now = Date.now, log = () => undefined } = options;
  const store =
    dataFile === undefined
      ? new Store(emptyState, () => undefined)
      : new Store(readState(dataFile), (state) => writeState(dataFile, state));
  const faults = new FaultRegistry();
  const sinch = new SinchServers(store, faults, now);
  const stopping = new AbortController();
  const control = new Control(store, faults, now, () => url);
  const handler = new RequestHandler({ sinch, control, now, log, stop: stopping.signal });

  const server = createServer(handler.handle);
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  const url = `http://${urlHost(host)}:${address.port}`;

  const close = async (): Promise<void> => {
    const closed = once(server, 'close');
    stopping.abort();
    server.close();
    server.closeAllConnections();
    await closed;
  };
  let closing: Promise<void> | undefined;
  return { url, port: address.port, close: () => (closing ??= close()) };
}

/** The host for URLs. A wildcard address is valid for listening only. */
function urlHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
