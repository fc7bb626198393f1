/** The process exits at most this long after `BFF_DRAIN_SECONDS` (docs/contract.md section 3, "Listeners"), in seconds. */
const EXIT_SECONDS = 30;
/** Time in which HAProxy takes a draining node out of rotation: two checks with their intervals, in seconds. */
const DETECTION_SECONDS = 2;

/** Every supervisor waits for the end of a drain, and no proxy keeps an idle connection for as long as one. */
export function* drainFaults(files) {
  const drains = [];
  for (const [path, environment, grace, setting] of graces(files)) {
    const drain = Number(environment.BFF_DRAIN_SECONDS);
    if (!Number.isInteger(drain)) yield `${path}: BFF_DRAIN_SECONDS must be set`;
    else if (!(grace > drain + EXIT_SECONDS))
      yield `${path}: ${setting} must be longer than BFF_DRAIN_SECONDS (${drain} s) and ${EXIT_SECONDS} s`;
    drains.push(drain);
  }
  const shortest = Math.min(...drains);
  const nginx = files.text('deploy/nginx/nginx.conf');
  const idle = Number(/^ {2}upstream [^}]*\bkeepalive_timeout (\d+)s;/m.exec(nginx)?.[1]);
  if (!(idle < shortest))
    yield `deploy/nginx/nginx.conf: keepalive_timeout of the upstream must be shorter than BFF_DRAIN_SECONDS (${shortest} s)`;
  if (!(DETECTION_SECONDS < shortest))
    yield `deploy/haproxy/haproxy.cfg: BFF_DRAIN_SECONDS (${shortest} s) must be longer than ${DETECTION_SECONDS} s`;
}

function* graces(files) {
  for (const [name, service] of Object.entries(files.compose.services))
    if (service.build !== undefined && service.command === undefined)
      yield [
        `docker-compose.yml: ${name}`,
        service.environment,
        secondsIn(service.stop_grace_period),
        'stop_grace_period',
      ];
  const unit = 'deploy/systemd/sinch-bff@.service';
  const stop = /^TimeoutStopSec=(\d+)$/m.exec(files.text(unit))?.[1];
  yield [unit, files.environment('deploy/systemd/service.env'), Number(stop), 'TimeoutStopSec'];
  for (const { path, resource } of files.manifests)
    if (resource.kind === 'Deployment')
      yield [
        path,
        files.environment('deploy/kubernetes/service/service.env'),
        resource.spec.template.spec.terminationGracePeriodSeconds,
        'terminationGracePeriodSeconds',
      ];
}

function secondsIn(text = '') {
  return Number(/^(\d+)s$/.exec(text)?.[1]);
}
