import { existsSync, globSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const FIELDS = ['apiVersion', 'kind', 'resources', 'configMapGenerator', 'labels'];

/** Every file that a kustomization lists exists, and every manifest beside it is listed. */
export function* kustomizationFaults(files) {
  for (const path of globSync('deploy/kubernetes/*/kustomization.yaml', { cwd: files.root }).sort()) {
    const [kustomization] = files.documents(path);
    for (const field of Object.keys(kustomization))
      if (!FIELDS.includes(field)) yield `${path}: ${field} is not a field that this check knows`;
    const generators = kustomization.configMapGenerator ?? [];
    const listed = [
      ...(kustomization.resources ?? []),
      ...generators.flatMap(({ envs = [], files: sources = [] }) => [...envs, ...sources]),
    ];
    for (const file of listed)
      if (!existsSync(join(files.root, dirname(path), file))) yield `${path}: ${file} does not exist`;
    for (const file of readdirSync(join(files.root, dirname(path))))
      if (file !== basename(path) && !listed.includes(file)) yield `${path}: ${file} is not listed`;
  }
}
