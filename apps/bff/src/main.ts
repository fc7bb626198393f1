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
  // A person waits at a terminal. It sends Ctrl-C to every process of the group, and npm sends it on: it comes twice.
  process.on('SIGINT', () => exitAfter(service.close()));
} catch (error) {
  console.error(explain(error));
  process.exit(exitCodeOf(error));
}
