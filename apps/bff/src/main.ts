import 'reflect-metadata';
import { loadConfig, processEnvironment } from '@bff/config';
import { exitCodeOf, explain } from './exit.js';
import { startService } from './service.js';

try {
  const service = await startService(loadConfig(processEnvironment()));
  const exitAfter = (ended: Promise<void>): void => {
    ended.then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(explain(error));
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', () => exitAfter(service.drain()));
  // Closes without the drain period, because a user waits at the terminal. SIGINT may arrive twice: the terminal sends it
  // to the process group, and npm forwards it.
  process.on('SIGINT', () => exitAfter(service.close()));
} catch (error) {
  console.error(explain(error));
  process.exit(exitCodeOf(error));
}
