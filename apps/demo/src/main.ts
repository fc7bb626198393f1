import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { answering, assertFree, ProcessEndedError, Processes } from './processes.js';
import { seedSimulator } from './simulator-seed.js';
import { welcome } from './welcome.js';

const root = join(import.meta.dirname, '..', '..', '..', '..');
const data = join(root, '.data');
const directoryFile = join(root, 'apps', 'demo', 'directory.yaml');
const script = (...path: string[]): string => join(root, 'dist', 'apps', ...path);

const {
  BFF_PORT: port = '3000',
  BFF_MANAGEMENT_PORT: managementPort = '3001',
  SIMULATOR_PORT = '4010',
} = process.env;
const simulator = `http://127.0.0.1:${SIMULATOR_PORT}`;

/** The simulator tells the six servers apart by the first part of the path. */
const servers: readonly (readonly [variable: string, prefix: string])[] = [
  ['PRODUCTION', 'production'],
  ['STAGING', 'staging'],
  ['STAGING_DEV', 'staging-dev'],
  ['ADMIN_PRODUCTION', 'admin-production'],
  ['ADMIN_STAGING', 'admin-staging'],
  ['ADMIN_STAGING_DEV', 'admin-staging-dev'],
];

const serviceEnvironment: NodeJS.ProcessEnv = {
  ...Object.fromEntries(
    servers.flatMap(([variable, prefix]) => [
      [`SINCH_${variable}_URL`, `${simulator}/${prefix}`],
      [`SINCH_${variable}_TOKEN_URL`, `${simulator}/${prefix}/oauth2/token`],
    ]),
  ),
  DATABASE_URL: `pglite:${join(data, 'directory')}`,
  ...process.env,
};

const processes = new Processes();
const end = (code: number): void => void processes.stop().then(() => process.exit(code));
// A terminal sends Ctrl-C to every process of the group, and npm sends it on: it comes twice.
process.on('SIGINT', () => end(0));
process.on('SIGTERM', () => end(0));

async function begin(): Promise<void> {
  await assertFree(Number(port), 'BFF_PORT');
  await assertFree(Number(managementPort), 'BFF_MANAGEMENT_PORT');
  await assertFree(Number(SIMULATOR_PORT), 'SIMULATOR_PORT');
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const simulatorEnvironment = { SIMULATOR_DATA: join(data, 'simulator.json'), ...process.env };
  processes.start(script('sinch-simulator', 'src', 'main.js'), simulatorEnvironment);
  processes.start(script('bff', 'src', 'main.js'), serviceEnvironment);
  await orEnded(answering(`${simulator}/_simulator`));
  await orEnded(answering(`http://127.0.0.1:${managementPort}/health/ready`));
  await orEnded(seedSimulator(simulator, directoryFile));
  const apply = ['apply', directoryFile, '--if-empty'];
  await orEnded(processes.run(script('bff', 'src', 'cli', 'main.js'), apply, serviceEnvironment));
  process.stdout.write(welcome({ port, managementPort, simulator, folder: data }));
  await processes.ended;
}

/** Another instance on our ports would answer in the place of a process of ours that ended. */
function orEnded(step: Promise<void>): Promise<void> {
  return Promise.race([step, processes.ended]);
}

try {
  await begin();
} catch (error) {
  if (!(error instanceof ProcessEndedError)) process.stderr.write(`${(error as Error).message}\n`);
  end(1);
}
