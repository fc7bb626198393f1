import { effectiveStatus } from '../account.js';
import type { FaultRegistry } from '../faults/fault-registry.js';
import { servers } from '../servers.js';
import type { Project, Store } from '../store.js';

/** Lists the servers, projects and faults, with key ids but without secrets. */
export function overview(store: Store, faults: FaultRegistry, url: string): object {
  return {
    servers: servers.map(({ name, environment, plane }) => ({
      name,
      environment,
      plane,
      url: `${url}/${name}`,
      tokenUrl: `${url}/${name}/oauth2/token`,
      ...(plane === 'admin' && { keyIds: store.adminClientsOf(environment).map(({ keyId }) => keyId) }),
    })),
    projects: store.projects.map(projectView),
    faults: faults.list(),
  };
}

export function projectView({ environment, projectId, name, clients, account, condition }: Project): object {
  return {
    environment,
    projectId,
    ...(name !== undefined && { name }),
    keyIds: clients.map(({ keyId }) => keyId),
    status: account ? effectiveStatus(account) : 'NONE',
    condition,
  };
}
