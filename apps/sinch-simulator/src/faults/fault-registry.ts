import type { Operation } from '../operations.js';
import type { ServerName } from '../servers.js';
import type { Effect, FaultInput, FaultScope } from './fault.js';

/** The attributes of a request that determine which faults apply. */
export interface RequestAttributes {
  readonly server: ServerName;
  readonly operation: Operation;
  /** The project in the path; for a token request, the projects of the key. */
  readonly projectIds: readonly string[];
  readonly hasToken: boolean;
}

interface Fault {
  readonly id: string;
  readonly scope: FaultScope;
  readonly effect: Effect;
  remaining: number;
}

export class FaultRegistry {
  #faults: readonly Fault[] = [];
  #lastId = 0;

  add({ scope, effect }: FaultInput): object {
    this.#lastId += 1;
    const fault = { id: String(this.#lastId), scope, effect, remaining: maxRequests(scope.times ?? 1) };
    this.#faults = [...this.#faults, fault];
    return faultView(fault);
  }

  list(): object[] {
    return this.#faults.map(faultView);
  }

  clear(): void {
    this.#faults = [];
  }

  remove(id: string): boolean {
    const before = this.#faults.length;
    this.#faults = this.#faults.filter((fault) => fault.id !== id);
    return this.#faults.length < before;
  }

  /** Returns the effect of the oldest matching fault and counts one use of the fault. */
  consume(request: RequestAttributes): Effect | undefined {
    const fault = this.#faults.find((candidate) => matches(candidate, request));
    if (fault === undefined) return undefined;
    fault.remaining -= 1;
    if (fault.remaining <= 0) this.remove(fault.id);
    return fault.effect;
  }
}

function matches({ scope, effect }: Fault, request: RequestAttributes): boolean {
  const { server, operation, projectId } = scope;
  if (server !== undefined && server !== request.server) return false;
  if (operation !== undefined && operation !== request.operation) return false;
  if (projectId !== undefined && !request.projectIds.includes(projectId)) return false;
  // A client requests a token only if it has no valid one; without this rule, a fault meant for the next call of a
  // project would sometimes be used up by the token request.
  if (projectId !== undefined && request.operation === 'token' && operation === undefined) return false;
  return !('expireTokens' in effect) || (request.hasToken && request.operation !== 'token');
}

function maxRequests(times: number): number {
  return times === 0 ? Number.POSITIVE_INFINITY : times;
}

/** A fault that is used up is removed, so a remaining 0 means the same as `times: 0`: until cleared. */
function faultView({ id, scope, effect, remaining }: Fault): object {
  const { times: _, ...rest } = scope;
  return { id, ...rest, remaining: Number.isFinite(remaining) ? remaining : 0, ...effect };
}
