import type { Account, Outcome } from './account.js';
import type { Activity } from './activity.js';
import type { Environment } from './servers.js';

export interface Client {
  readonly keyId: string;
  readonly keySecret: string;
}

export interface AdminClient extends Client {
  readonly environment: Environment;
}

/** Conditions that make operations fail. */
export interface Condition {
  readonly corrupt: boolean;
  readonly senderIds: readonly string[];
  readonly pendingSenderChanges: boolean;
  readonly templateDraftsStuck: boolean;
}

export const noCondition: Condition = {
  corrupt: false,
  senderIds: [],
  pendingSenderChanges: false,
  templateDraftsStuck: false,
};

/** A project of one environment; the public and the admin server of the environment show the same project. */
export interface Project {
  readonly environment: Environment;
  readonly projectId: string;
  readonly name?: string | undefined;
  readonly clients: readonly Client[];
  readonly account?: Account | undefined;
  readonly activities: readonly Activity[];
  readonly nextSequence: number;
  readonly condition: Condition;
  /** The immediate decision on every submission; absent: submissions stay pending. */
  readonly review?: Outcome | undefined;
}

export interface StoredState {
  readonly projects: readonly Project[];
  readonly adminClients: readonly AdminClient[];
}

export const emptyState: StoredState = { projects: [], adminClients: [] };

/** The state of the simulator. A change is saved before it takes effect, so a failed save changes nothing. */
export class Store {
  #state: StoredState;
  readonly #save: (state: StoredState) => void;

  constructor(state: StoredState, save: (state: StoredState) => void) {
    this.#state = state;
    this.#save = save;
  }

  get projects(): readonly Project[] {
    return this.#state.projects;
  }

  project(environment: string, projectId: string): Project | undefined {
    return this.projects.find(
      (project) => project.environment === environment && project.projectId === projectId,
    );
  }

  put(changed: Project): void {
    const { environment, projectId } = changed;
    const projects =
      this.project(environment, projectId) === undefined
        ? [...this.projects, changed]
        : this.projects.map((project) =>
            project.environment === environment && project.projectId === projectId ? changed : project,
          );
    this.#change({ ...this.#state, projects });
  }

  putAdminClient(changed: AdminClient): void {
    const others = this.#state.adminClients.filter(
      ({ environment, keyId }) => environment !== changed.environment || keyId !== changed.keyId,
    );
    this.#change({ ...this.#state, adminClients: [...others, changed] });
  }

  clientsOf(environment: Environment): readonly Client[] {
    return this.projects
      .filter((project) => project.environment === environment)
      .flatMap(({ clients }) => clients);
  }

  adminClientsOf(environment: Environment): readonly Client[] {
    return this.#state.adminClients.filter((client) => client.environment === environment);
  }

  #change(state: StoredState): void {
    this.#save(state);
    this.#state = state;
  }
}

/** Compares key id and secret, so a key with a new secret is another client. */
export function isSameClient(left: Client, right: Client): boolean {
  return left.keyId === right.keyId && left.keySecret === right.keySecret;
}
