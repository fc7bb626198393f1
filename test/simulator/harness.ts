import { connect } from 'node:net';
import { startSimulator, type Simulator } from '../../apps/sinch-simulator/src/simulator.js';

export const projectId = '11111111-2222-4333-8444-555555555555';
export const client = { keyId: 'key-of-northwind', keySecret: 'secret-of-northwind' };
export const admin = { keyId: 'key-of-staff', keySecret: 'secret-of-staff' };

export const partnerInitiated = {
  clientBusinessManagerId: '900100200300',
  businessManager: 'SINCH_UK',
  wabaName: 'Northwind Traders Ltd',
  senderDetails: {
    displayName: 'Northwind',
    businessCategory: 'SHOPPING_AND_RETAIL',
    region: 'EU',
    metaLocalStorage: 'DE',
  },
};
export const onBehalfOf = {
  companyLegalName: 'Northwind Traders Ltd',
  clientBusinessManagerId: '900100200300',
};

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Json;
}

export interface Json {
  readonly [member: string]: unknown;
}

interface Send {
  readonly method?: string;
  readonly json?: unknown;
  readonly text?: string;
  readonly authorization?: string | undefined;
  readonly contentType?: string;
}

export interface Bench {
  readonly simulator: Simulator;
  readonly lines: Json[];
  /** Requests a path of the simulator, by default with Basic credentials of {@link client}. */
  send(path: string, options?: Send): Promise<Reply>;
  control(method: string, path: string, json?: unknown): Promise<Reply>;
  token(server: string, credentials?: { keyId: string; keySecret: string }): Promise<string>;
  clock: { at: number };
}

export const basic = ({ keyId, keySecret }: { keyId: string; keySecret: string }): string =>
  `Basic ${Buffer.from(`${keyId}:${keySecret}`).toString('base64')}`;

export const accountPath = (server = 'production', project = projectId): string =>
  `/${server}/v1/projects/${project}/whatsapp`;

/** A running simulator; only tests advance its clock. */
export async function startBench(dataFile?: string): Promise<Bench> {
  const clock = { at: Date.parse('2026-02-03T09:00:00.000Z') };
  const lines: Json[] = [];
  const simulator = await startSimulator({
    port: 0,
    now: () => clock.at,
    log: (line) => lines.push({ ...line }),
    ...(dataFile !== undefined && { dataFile }),
  });

  const send: Bench['send'] = async (path, options = {}) => {
    const { method = 'GET', json, text = json === undefined ? undefined : JSON.stringify(json) } = options;
    const { contentType = 'application/json' } = options;
    const authorization = 'authorization' in options ? options.authorization : basic(client);
    const response = await fetch(`${simulator.url}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(authorization !== undefined && { authorization }),
        ...(text !== undefined && { 'content-type': contentType }),
      },
      ...(text !== undefined && { body: text }),
    });
    return { status: response.status, headers: response.headers, body: read(await response.text()) };
  };
  const control: Bench['control'] = (method, path, json) =>
    send(`/_simulator${path}`, { method, json, authorization: undefined });
  const token: Bench['token'] = async (server, credentials = client) => {
    const { body } = await askForToken({ send }, server, { authorization: basic(credentials) });
    return String(body['access_token']);
  };
  return { simulator, lines, send, control, token, clock };
}

export function askForToken(
  { send }: Pick<Bench, 'send'>,
  server: string,
  options: Send = {},
): Promise<Reply> {
  return send(`/${server}/oauth2/token`, {
    method: 'POST',
    text: 'grant_type=client_credentials',
    contentType: 'application/x-www-form-urlencoded',
    ...options,
  });
}

export async function putProject(bench: Bench, more: Json = {}): Promise<void> {
  const body = { environment: 'production', projectId, clients: [client], ...more };
  const { status } = await bench.control('PUT', '/projects', body);
  if (status !== 200) throw new Error(`The project was rejected with ${status}`);
}

export async function putAdmin(bench: Bench, environment = 'production'): Promise<void> {
  await bench.control('PUT', '/admin-clients', { environment, ...admin });
}

/** Sends a GET over a raw socket. @returns the received bytes and how the connection ended */
export function rawGet(
  { simulator }: Bench,
  path: string,
  { leaveAfter }: { leaveAfter?: string } = {},
): Promise<{ text: string; ending: string }> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(simulator.port, '127.0.0.1');
    socket.on('data', (chunk) => {
      text += chunk.toString();
      if (leaveAfter !== undefined && text.includes(leaveAfter)) {
        resolve({ text, ending: 'left' });
        socket.destroy();
      }
    });
    socket.on('end', () => resolve({ text, ending: 'closed' }));
    socket.on('error', (error: NodeJS.ErrnoException) => resolve({ text, ending: error.code ?? 'error' }));
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nAuthorization: ${basic(client)}\r\n\r\n`,
    );
  });
}

function read(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return { text };
  }
}
