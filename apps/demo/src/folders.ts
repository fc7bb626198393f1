import { join } from 'node:path';

/** The root of the repository, relative to `dist/bin`. */
export const root = join(import.meta.dirname, '..', '..');

/** The data folder of the demo, which writes nowhere else in the working tree. */
export const data = join(root, '.data');

export const directoryFile = join(root, 'apps', 'demo', 'directory.yaml');

/**
 * File with the time step of the one-time code that was printed last. The start deletes it, because the service
 * forgets used codes when it stops.
 */
export const lastStepFile = join(data, 'last-code-step');
