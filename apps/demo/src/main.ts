import { mkdirSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { data, directoryFile, lastStepFile, root } from './folders.js';
import { waitUntilReachable, ProcessEndedError, Processes } from './processes.js';
import { seedSimulator } from './simulator-seed.js';
import { announcement, welcome } from './welcome.js';

const script = (name: string): string => join(root, 'dist', 'bin', name);

const port = process.env['BFF_PORT'] || '3000';
const managementPort = process.env['BFF_MANAGEMENT_PORT'] || '3001';
const simulator = `http://127.0.0.1:${process.env['SIMULATOR_PORT'] || '4010'}`;

/** Path prefixes by which the simulator distinguishes the six servers. */
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
  // No load balancer needs time to notice the shutdown, and Ctrl-C should take effect at once.
  BFF_DRAIN_SECONDS: '0',
  ...process.env,
};
const simulatorEnvironment = { SIMULATOR_DATA: join(data, 'simulator.json'), ...process.env };

/** A terminal shows steps and commands, with the logs in files; any other output receives the logs. */
const isInteractive = process.stdout.isTTY;
const output = (name: string): number | 'inherit' =>
  isInteractive ? openSync(join(data, `${name}.log`), 'w', 0o600) : 'inherit';

const processes = new Processes();
let shutdown: Promise<void> | undefined;
/** The first call determines the exit code, because processes that are stopped then report failures. */
const shutDown = (code: number): void => {
  shutdown ??= processes.stop().then(() => process.exit(code));
};
// SIGINT arrives twice: the terminal signals every process of the group, and npm forwards the signal.
process.on('SIGINT', () => shutDown(0));
process.on('SIGTERM', () => shutDown(0));

async function startDemo(): Promise<void> {
  await processes.run(join(root, 'apps', 'demo', 'prepare.js'), ['--check'], process.env);
  mkdirSync(data, { recursive: true, mode: 0o700 });
  rmSync(lastStepFile, { force: true });
  await runStep('Preparing the directory and the simulator', async () => {
    processes.start(script('simulator.js'), simulatorEnvironment, output('simulator'));
    const apply = ['apply', directoryFile, '--if-empty'];
    await Promise.all([
      processes.run(script('bff.js'), apply, serviceEnvironment),
      waitUntilReachable(`${simulator}/_simulator`).then(() => seedSimulator(simulator, directoryFile)),
    ]);
  });
  // The service starts last, so that it is completely usable once it listens.
  await runStep('Starting the service', async () => {
    processes.start(script('service.js'), serviceEnvironment, output('service'));
    await waitUntilReachable(`http://127.0.0.1:${managementPort}/health/ready`);
  });
  const addresses = { port, managementPort, simulator, folder: data };
  process.stdout.write(isInteractive ? welcome(addresses) : announcement(addresses));
  await processes.ended;
}

/**
 * Runs one step of the start.
 * @throws ProcessEndedError if a child process ends during the step
 */
async function runStep(title: string, work: () => Promise<void>): Promise<void> {
  const startedAt = performance.now();
  if (isInteractive) process.stdout.write(`${title}… `);
  await Promise.race([work(), processes.ended]);
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  if (isInteractive) process.stdout.write(`done (${seconds} s)\n`);
}

try {
  await startDemo();
} catch (error) {
  if (!(error instanceof ProcessEndedError)) process.stderr.write(`${(error as Error).message}\n`);
  shutDown(1);
}
