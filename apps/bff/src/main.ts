import 'reflect-metadata';
import { loadConfig, processEnvironment } from '@bff/config';
import { exitCodeOf, explain } from './exit.js';
import { startService } from './service.js';

try {
  const service = await startService(loadConfig(processEnvironment()));
  let stopping: Promise<void> | undefined;
  const stop = (): void => {
    stopping ??= service.close();
    stopping.then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(explain(error));
        process.exit(1);
      },
    );
  };
  // A terminal sends Ctrl-C to every process of the group, and npm sends it on: it comes twice.
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
} catch (error) {
  console.error(explain(error));
  process.exit(exitCodeOf(error));
}
