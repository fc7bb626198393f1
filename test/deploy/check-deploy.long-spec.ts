import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { repository } from '../support/program.js';

/** The first run installs the packages of tools/deploy. */
const CHECK_MS = 300_000;
const DEPLOYMENT = 'deploy/kubernetes/service/deployment.yaml';
const UNIT = 'deploy/systemd/sinch-bff@.service';

/** Changes of one place that the check must find: file, text, replacement, and the fault that it prints. */
const BROKEN: readonly [path: string, from: string, to: string, fault: string][] = [
  [
    'deploy/kubernetes/service/kustomization.yaml',
    '- service.yaml',
    '- services.yaml',
    'services.yaml does not exist',
  ],
  ['deploy/kubernetes/service/kustomization.yaml', '  - service.yaml\n', '', 'service.yaml is not listed'],
  [DEPLOYMENT, 'spec:', 'spec: [', 'deployment.yaml'],
  [DEPLOYMENT, 'replicas: 3', 'replicas: three', 'replicas must be integer'],
  [DEPLOYMENT, 'replicas: 3', 'replica: 3', `"replica"' does not exist`],
  [DEPLOYMENT, 'kind: Deployment', 'kind: Deploy', 'Kubernetes has no Deploy'],
  [DEPLOYMENT, 'terminationGracePeriodSeconds: 60', 'terminationGracePeriodSeconds: 45', 'must be longer'],
  [DEPLOYMENT, 'maxUnavailable: 0', 'maxUnavailable: 1', 'maxUnavailable must be 0'],
  [DEPLOYMENT, '/health/ready', '/ready', 'the service has no /ready'],
  [
    DEPLOYMENT,
    'path: /health/ready, port: management',
    'path: /health/ready, port: public',
    'must use the port management',
  ],
  [DEPLOYMENT, 'enableServiceLinks: false', 'enableServiceLinks: true', 'enableServiceLinks must be false'],
  [DEPLOYMENT, 'runAsNonRoot: true', 'runAsNonRoot: false', 'runAsNonRoot must be true'],
  [
    DEPLOYMENT,
    'readOnlyRootFilesystem: true',
    'readOnlyRootFilesystem: false',
    'readOnlyRootFilesystem must be true',
  ],
  [DEPLOYMENT, 'drop: [ALL]', 'drop: [CHOWN]', 'drop.0 must be ALL'],
  [DEPLOYMENT, 'type: RuntimeDefault', 'type: Unconfined', 'seccompProfile.type must be RuntimeDefault'],
  [DEPLOYMENT, 'mountPath: /etc/sinch-bff/secrets', 'mountPath: /run/secrets', 'nothing is mounted at'],
  ['deploy/kubernetes/service/service.yaml', 'component: service', 'component: other', 'selects no pod'],
  [
    'deploy/kubernetes/service/service.yaml',
    'targetPort: public',
    'targetPort: http',
    'no container has the port http',
  ],
  ['deploy/kubernetes/service/service.env', 'BFF_NODES', 'BFF_NODE', 'BFF_NODE: is not a known name'],
  [
    'deploy/kubernetes/migration/job.yaml',
    'dist/bin/bff.js',
    'dist/bin/cli.js',
    'dist/bin/cli.js is not built',
  ],
  ['docker-compose.yml', 'stop_grace_period', 'stop_grace', '"additionalProperty":"stop_grace"'],
  [
    'docker-compose.yml',
    'stop_grace_period: 45s',
    'stop_grace_period: 30s',
    'stop_grace_period must be longer',
  ],
  ['docker-compose.yml', 'SINCH_STAGING_URL', 'SINCH_STAGING_URI', 'SINCH_STAGING_URI: is not a known name'],
  [UNIT, 'TimeoutStopSec=45', 'TimeoutStopSec=30', 'TimeoutStopSec must be longer'],
  [
    'deploy/systemd/service.env',
    'BFF_DRAIN_SECONDS=5',
    'BFF_DRAIN_SECONDS=2',
    'haproxy.cfg: BFF_DRAIN_SECONDS',
  ],
  [
    'deploy/nginx/nginx.conf',
    'keepalive_timeout 3s',
    'keepalive_timeout 5s',
    'keepalive_timeout of the upstream',
  ],
  ['Dockerfile', 'USER 1000:1000', 'USER root', 'USER must be a numeric user'],
  ['Dockerfile', 'HEALTHCHECK', '# HEALTHCHECK', 'HEALTHCHECK must request'],
  ['Dockerfile', 'npm prune --omit=dev', 'npm prune', 'npm prune --omit=dev must'],
  ['Dockerfile', "-name '*.map' -delete", "-name '*.map'", 'source maps must be deleted'],
  ['Dockerfile', 'FROM node:24.21.0-slim\n', 'FROM node:24-slim\n', 'must be node:24.21.0-slim'],
  ['Dockerfile', 'COPY --from=build /app/dist ./dist', 'COPY . .', 'the last stage copies . .'],
  ['Dockerfile', 'EXPOSE', 'EXPOSES', 'EXPOSES'],
];

const home = mkdtempSync(join(tmpdir(), 'bff-check-deploy-'));
const rootOf = (index: number): string => join(home, String(index));
let output = '';
beforeAll(async () => {
  BROKEN.forEach(([path, from, to], index) => {
    for (const copied of ['Dockerfile', 'docker-compose.yml', 'deploy'])
      cpSync(join(repository, copied), join(rootOf(index), copied), { recursive: true });
    const file = join(rootOf(index), path);
    const text = readFileSync(file, 'utf8');
    if (!text.includes(from)) throw new Error(`${path} has no ${from}`);
    writeFileSync(file, text.replace(from, to));
  });
  output = await check(...BROKEN.map((_, index) => rootOf(index)));
}, CHECK_MS);
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** @returns the faults that the check prints; empty if it succeeds */
function check(...roots: string[]): Promise<string> {
  const loader = join(repository, 'test/runner/typescript.js');
  const args = ['--import', loader, join(repository, 'scripts/check-deploy.js'), ...roots];
  return new Promise((resolve) =>
    execFile(process.execPath, args, (error, _stdout, stderr) => resolve(error === null ? '' : stderr)),
  );
}

it('the files of the repository pass', async () => expect(await check()).toBe(''), CHECK_MS);

it.each(
  BROKEN.map(([path, from, to, fault], index) => ({
    path,
    change: `${JSON.stringify(from)} replaced by ${JSON.stringify(to)}`,
    fault,
    index,
  })),
)('$path with $change fails', ({ index, fault }) => {
  const faults = output.split('\n').filter((line) => line.startsWith(`${rootOf(index)}: `));
  expect(faults.join('\n')).toContain(fault);
});
