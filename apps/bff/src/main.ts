import 'reflect-metadata';
import { loadConfig } from '@bff/config';
import { exitCodeOf, explain } from './exit.js';
import { startService } from './service.js';

try {
  const service = await startService(loadConfig(process.env));
  const stop = (): void => {
    service.close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(explain(error));
        process.exit(1);
      },
    );
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
} catch (error) {
  console.error(explain(error));
  process.exit(exitCodeOf(error));
}
