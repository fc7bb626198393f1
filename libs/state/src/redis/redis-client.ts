import { type HostAndPort, type RedisSettings } from '@bff/config';
import { createClient } from '@redis/client';

const CONNECT_TIMEOUT_MS = 2_000;

/** A connection without any data for this long is closed; an idle one carries a ping every 250 ms. */
const SILENCE_MS = 3_000;

export type RedisClient = ReturnType<typeof newClient>;

/** Returns a client that does not reconnect and does not queue commands while it is disconnected. */
// eslint-disable-next-line @typescript-eslint/explicit-module-boundary-types -- RedisClient names the return type
export function newClient(
  server: HostAndPort,
  { username, password, database, tls }: Pick<RedisSettings, 'username' | 'password' | 'database' | 'tls'>,
) {
  const options = { ...server, connectTimeout: CONNECT_TIMEOUT_MS, socketTimeout: SILENCE_MS } as const;
  const ca = tls?.ca ?? null;
  return createClient({
    RESP: 3,
    // Emits `invalidate` for keys that changed (CLIENT TRACKING).
    emitInvalidate: true,
    socket:
      tls === null
        ? { ...options, reconnectStrategy: false }
        : { ...options, reconnectStrategy: false, tls: true, ...(ca !== null && { ca }) },
    ...(username !== null && { username }),
    ...(password !== null && { password: password.reveal() }),
    database,
    disableOfflineQueue: true,
    maintNotifications: 'disabled',
    commandOptions: { timeout: 0 },
  });
}
