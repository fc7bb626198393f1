export interface Settings {
  readonly host: string;
  readonly port: number;
  readonly dataFile?: string;
}

/** An invalid setting; the message names the variable and the problem. */
export class SettingsError extends Error {}

/**
 * Reads `SIMULATOR_HOST`, `SIMULATOR_PORT` and `SIMULATOR_DATA`; an empty value counts as absent.
 * @throws SettingsError
 */
export function settingsFrom(env: NodeJS.ProcessEnv): Settings {
  const dataFile = env['SIMULATOR_DATA'];
  return {
    host: env['SIMULATOR_HOST'] || '127.0.0.1',
    port: portOf(env['SIMULATOR_PORT'] || '4010'),
    ...(dataFile && { dataFile }),
  };
}

function portOf(value: string): number {
  const port = /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN;
  if (!(port <= 65_535))
    throw new SettingsError(`SIMULATOR_PORT must be a number from 0 to 65535, not ${value}`);
  return port;
}
