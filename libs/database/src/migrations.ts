import { join } from 'node:path';

/** The folder of migrations, beside the sources and, copied by the build, beside what was compiled from them. */
export const MIGRATIONS = join(import.meta.dirname, '..', 'migrations');

/** The advisory lock under which one process at a time migrates; any fixed number that nobody else uses. */
export const MIGRATION_LOCK = 7_241_109_385;
