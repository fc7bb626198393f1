import { type HostAndPort, type RedisSettings } from '@bff/config';
import { newClient } from './redis-client.js';

/** @returns the server to connect to: the configured one, or the current master of the Sentinels */
export async function currentServer(settings: RedisSettings): Promise<HostAndPort> {
  if (settings.sentinels === null) return settings.server;
  const { addresses, master } = settings.sentinels;
  const failures: string[] = [];
  for (const address of addresses) {
    try {
      const found = await askSentinel(address, master, settings);
      if (found !== null) return found;
      failures.push(`${address.host}:${address.port} does not know the master ${master}`);
    } catch (error) {
      failures.push(`${address.host}:${address.port}: ${(error as Error).message}`);
    }
  }
  throw new Error(`No Sentinel names a master: ${failures.join('; ')}`);
}

/** Sentinels without a password reject credentials, so the credentials are sent only if one demands them. */
async function askSentinel(
  address: HostAndPort,
  master: string,
  settings: RedisSettings,
): Promise<HostAndPort | null> {
  const anonymous = { username: null, password: null, database: 0, tls: settings.tls };
  try {
    return await masterAt(address, master, anonymous);
  } catch (error) {
    if (settings.password === null || !(error as Error).message.startsWith('NOAUTH')) throw error;
    return masterAt(address, master, { ...settings, database: 0 });
  }
}

async function masterAt(
  address: HostAndPort,
  master: string,
  credentials: Parameters<typeof newClient>[1],
): Promise<HostAndPort | null> {
  const client = newClient(address, credentials);
  client.on('error', () => undefined);
  await client.connect();
  try {
    const reply = await client.sendCommand<[string, string] | null>([
      'SENTINEL',
      'GET-MASTER-ADDR-BY-NAME',
      master,
    ]);
    return reply === null ? null : { host: reply[0], port: Number(reply[1]) };
  } finally {
    client.destroy();
  }
}
