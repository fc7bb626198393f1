import { waitUntilReachable } from './processes.js';
import { seedSimulator } from './simulator-seed.js';

/**
 * `node seed.js SIMULATOR_URL DIRECTORY_FILE`: registers the demo's projects and access keys at a running simulator.
 */
const [, , simulator, directoryFile] = process.argv;
if (simulator === undefined || directoryFile === undefined) {
  process.stderr.write('usage: seed SIMULATOR_URL DIRECTORY_FILE\n');
  process.exit(2);
}
await waitUntilReachable(`${simulator}/_simulator`);
await seedSimulator(simulator, directoryFile);
