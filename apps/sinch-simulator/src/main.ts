import { settingsFrom, type Settings } from './settings.js';
import { startSimulator, type Simulator } from './simulator.js';

async function start(): Promise<void> {
  const settings = settingsFrom(process.env);
  const simulator = await startListening(settings);
  print({ event: 'listening', url: simulator.url });
  const stop = (): void => {
    void simulator.close();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

async function startListening(settings: Settings): Promise<Simulator> {
  try {
    return await startSimulator({ ...settings, log: print });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')
      throw new Error(
        `${settings.host}:${settings.port} is already in use; choose another port with SIMULATOR_PORT`,
        { cause: error },
      );
    throw error;
  }
}

function print(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

start().catch((error: unknown) => {
  process.stderr.write(
    `The Sinch simulator cannot start: ${error instanceof Error ? error.message : 'unknown'}\n`,
  );
  process.exitCode = 1;
});
