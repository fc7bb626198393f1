import { join } from 'node:path';

/** The repository, seen from `dist/apps/demo/src`. */
export const root = join(import.meta.dirname, '..', '..', '..', '..');

/** All that the demo keeps; nothing else of the working tree is written. */
export const data = join(root, '.data');

export const directoryFile = join(root, 'apps', 'demo', 'directory.yaml');

/** The time step of the one-time code that was printed last; the service forgets used codes when it ends. */
export const lastStepFile = join(data, 'last-code-step');
