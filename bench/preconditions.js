import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { here, isBuilt } from './our-service.js';

/** What is missing is said in one line. */
export class Missing extends Error {}

/** The Debian packages of the programs that runs use. */
const packages = { nginx: 'nginx-light', caddy: 'caddy', wrk: 'wrk', 'redis-server': 'redis-server' };

/**
 * @param tools the programs that the run uses, of nginx, caddy, wrk and redis-server
 * @throws Missing
 * @returns the versions of what is compared and measured with
 */
export function checkPreconditions(tools = Object.keys(packages)) {
  if (process.platform !== 'linux') throw new Missing('The benchmark reads /proc and runs on Linux only.');
  if (Number(process.versions.node.split('.', 1)[0]) < 24) {
    throw new Missing(`Node 24 is needed, this is ${process.version}: start the benchmark with npm.`);
  }
  const versions = Object.fromEntries(tools.map((tool) => [tool, versionOf(tool)]));
  const missing = tools.filter((tool) => versions[tool] === null);
  if (missing.length > 0) {
    const install = missing.map((tool) => packages[tool]).join(' ');
    throw new Missing(
      `Not installed: ${missing.join(' and ')}; on Debian and Ubuntu: apt-get install ${install}`,
    );
  }
  if (!isBuilt(here)) throw new Missing('The service is not built: npm run build');
  return versions;
}

/** The peers at the versions of the lockfile; nothing is done where they are there. @throws Error with npm's words */
export function installPeers(progress) {
  const at = (...path) => join(import.meta.dirname, ...path);
  const installed = at('node_modules', '.package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(at('package-lock.json')).mtimeMs)
    return;
  progress('installing the peers');
  execFileSync('npm', ['ci', '--loglevel=error'], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** Some write their version where others write errors, and wrk ends with 1 after it. */
function versionOf(tool) {
  const { error, stdout, stderr } = spawnSync(tool, [tool === 'caddy' ? 'version' : '-v'], {
    encoding: 'utf8',
  });
  if (error !== undefined) return null;
  return /\d+\.\d+(\.\d+)?/.exec(stdout + stderr)?.[0] ?? 'unknown';
}
