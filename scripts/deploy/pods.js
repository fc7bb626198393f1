import { dirname } from 'node:path';

/** The settings of every pod (docs/security-requirements.md SUP-04). */
const POD = {
  automountServiceAccountToken: false,
  // The variables that Kubernetes derives from services would be unknown names of the service.
  enableServiceLinks: false,
  'securityContext.runAsNonRoot': true,
  'securityContext.seccompProfile.type': 'RuntimeDefault',
};
const CONTAINER = {
  'securityContext.allowPrivilegeEscalation': false,
  'securityContext.readOnlyRootFilesystem': true,
  'securityContext.capabilities.drop.0': 'ALL',
};

/** Security settings, probes, mounted secrets, and references between the manifests. */
export function* podFaults(files, healthPaths) {
  const { manifests } = files;
  const pods = manifests
    .filter(({ resource }) => resource.spec?.template !== undefined)
    .map(({ path, resource }) => ({ path, resource, pod: resource.spec.template }));
  for (const { path, resource, pod } of pods) {
    yield* differences(path, pod.spec, POD);
    if (resource.kind === 'Deployment') yield* deploymentFaults(path, resource);
    for (const container of pod.spec.containers) {
      yield* differences(path, container, CONTAINER);
      yield* probeFaults(path, container, healthPaths);
      yield* mountFaults(files, path, container);
    }
  }
  yield* referenceFaults(manifests, pods);
}

function* differences(path, object, expected) {
  for (const [field, value] of Object.entries(expected)) {
    const found = field.split('.').reduce((parent, name) => parent?.[name], object);
    if (found !== value) yield `${path}: ${field} must be ${value}`;
  }
}

function* deploymentFaults(path, { spec }) {
  yield* differences(path, spec, { 'strategy.rollingUpdate.maxUnavailable': 0 });
  for (const { name, ...container } of spec.template.spec.containers)
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'])
      if (container[probe] === undefined) yield `${path}: ${name} has no ${probe}`;
}

function* probeFaults(path, container, healthPaths) {
  for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
    const get = container[probe]?.httpGet;
    if (get === undefined) continue;
    if (!healthPaths.includes(get.path)) yield `${path}: ${probe}: the service has no ${get.path}`;
    if (!(container.ports ?? []).some(({ name }) => name === get.port && name === 'management'))
      yield `${path}: ${probe}: must use the port management`;
  }
}

/** Every file that a `*_FILE` variable names is below a mount of the container. */
function* mountFaults(files, path, container) {
  const mounts = (container.volumeMounts ?? []).map(({ mountPath }) => `${mountPath}/`);
  for (const { configMapRef } of container.envFrom ?? []) {
    const [kustomization] = files.documents(`${dirname(path)}/kustomization.yaml`);
    const generator = kustomization.configMapGenerator.find(({ name }) => name === configMapRef?.name);
    if (generator === undefined) {
      yield `${path}: the kustomization has no ConfigMap ${configMapRef?.name}`;
      continue;
    }
    for (const file of generator.envs)
      for (const [name, value] of Object.entries(files.environment(`${dirname(path)}/${file}`)))
        if (/_FILE$/.test(name) && !mounts.some((mount) => value.startsWith(mount)))
          yield `${path}: ${name}: nothing is mounted at ${value}`;
  }
}

/** Every selector selects a pod, and every named port exists. */
function* referenceFaults(manifests, pods) {
  for (const { path, resource } of manifests) {
    const { spec, kind } = resource;
    const selector = kind === 'Service' ? spec.selector : (spec.selector ?? spec.podSelector)?.matchLabels;
    if (selector === undefined) continue;
    const selected = pods.filter(({ pod }) =>
      Object.entries(selector).every(([label, value]) => pod.metadata.labels[label] === value),
    );
    if (selected.length === 0) yield `${path}: the selector selects no pod`;
    const ports = selected.flatMap(({ pod }) =>
      pod.spec.containers.flatMap((container) => container.ports ?? []),
    );
    const used = [
      ...(kind === 'Service' ? spec.ports.map(({ targetPort }) => targetPort) : []),
      ...(kind === 'NetworkPolicy' ? spec.ingress.flatMap((rule) => rule.ports.map(({ port }) => port)) : []),
    ];
    for (const port of used)
      if (!ports.some(({ name }) => name === port)) yield `${path}: no container has the port ${port}`;
  }
}
