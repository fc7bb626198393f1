import { RecordingUpstream } from './recording-upstream.js';
import type { RecordedRequest } from './recording-upstream.js';
import { TokenEndpoint } from './token-endpoint.js';

export const serverNames = [
  'production',
  'staging',
  'staging-dev',
  'admin-production',
  'admin-staging',
  'admin-staging-dev',
] as const;

export type ServerName = (typeof serverNames)[number];

export interface Received {
  readonly requests: RecordedRequest[];
}

export type SixUpstreams = Record<ServerName, RecordingUpstream> & {
  tokens: Record<ServerName, TokenEndpoint>;
  all: Received;
  allBut(...names: ServerName[]): Received;
  environment(): Record<string, string>;
  reset(): void;
  close(): Promise<void>;
};

export async function startSixUpstreams(): Promise<SixUpstreams> {
  const servers = await forEachServer((name) => RecordingUpstream.start(name));
  const tokens = await forEachServer((name) => TokenEndpoint.start(name));
  const everything = [...Object.values(servers), ...Object.values(tokens)];

  return {
    ...servers,
    tokens,
    all: receivedBy(servers, serverNames),
    allBut: (...names) =>
      receivedBy(
        servers,
        serverNames.filter((name) => !names.includes(name)),
      ),
    environment: () => environmentOf(servers, tokens),
    reset: () => everything.forEach((server) => server.reset()),
    close: async () => {
      await Promise.all(everything.map((server) => server.close()));
    },
  };
}

async function forEachServer<T>(start: (name: ServerName) => Promise<T>): Promise<Record<ServerName, T>> {
  const started = await Promise.all(serverNames.map(async (name) => [name, await start(name)] as const));
  return Object.fromEntries(started) as Record<ServerName, T>;
}

// A getter, so that a reference taken before an exchange includes later requests.
function receivedBy(servers: Record<ServerName, RecordingUpstream>, names: readonly ServerName[]): Received {
  return {
    get requests() {
      return names.flatMap((name) => servers[name].requests);
    },
  };
}

function environmentOf(
  servers: Record<ServerName, RecordingUpstream>,
  tokens: Record<ServerName, TokenEndpoint>,
): Record<string, string> {
  const variables = serverNames.flatMap((name) => {
    const prefix = `SINCH_${name.toUpperCase().replaceAll('-', '_')}`;
    return [
      [`${prefix}_URL`, servers[name].url],
      [`${prefix}_TOKEN_URL`, tokens[name].tokenUrl],
    ];
  });
  return Object.fromEntries(variables) as Record<string, string>;
}
