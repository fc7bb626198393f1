import { type AuditEvent, type AuditLog } from '@bff/audit';
import { loadConfig, Secret } from '@bff/config';
import { type Frontend, FrontendRegistry } from '@bff/frontends';
import { type User, type UserDirectory } from '@bff/identity';
import { HashKeySet } from '@bff/secrets';
import { MemoryStore, type Replacement } from '@bff/state';
import { type Elevation } from '@bff/tenancy';
import { type ElevationEnd, type Elevations } from './elevations.js';
import { SessionTickets } from './session-tickets.js';
import { SESSIONS } from './session-storage.js';
import { type ProviderSession, type Session, type SessionRecord } from './session.js';
import { Sessions } from './sessions.js';
import { TicketRotation } from './ticket-rotation.js';

export const MINUTE_MS = 60_000;

/** The maximum number of sessions of a user on the frontends of one class. */
export const SESSIONS_PER_USER = 3;

/** An internal, a partner and an admin frontend. */
const { frontends } = loadConfig({
  BFF_FRONTENDS: JSON.stringify([
    { name: 'console', class: 'internal', origin: 'https://console.example.com' },
    { name: 'partners', class: 'partner', origin: 'https://partners.example.com' },
    { name: 'operations', class: 'admin', origin: 'https://operations.example.com' },
  ]),
});

/** A sign-in, with the `Cookie` header that its browser sends from then on. */
export interface SignIn {
  readonly session: Session;
  readonly cookies: string;
}

/** Elevations by ticket only, with a record of the calls that end them. */
class RecordedElevations {
  readonly carried = new Map<string, Elevation>();
  readonly ended: [userId: string, cause: ElevationEnd, storeKey: string | undefined][] = [];
  readonly withdrawn: Elevation[] = [];
  begun = 0;
  isAlive: ((storeKey: string) => Promise<boolean>) | undefined;

  useLivenessCheck(isAlive: (storeKey: string) => Promise<boolean>): void {
    this.isAlive = isAlive;
  }

  of(user: User, storeKey: string): Promise<Elevation | null> {
    return Promise.resolve(this.peek(user, storeKey));
  }

  peek(_user: User, storeKey: string): Elevation | null {
    return this.carried.get(storeKey) ?? null;
  }

  begin(): Promise<Elevation> {
    this.begun += 1;
    return Promise.resolve(anElevation());
  }

  attach({ storeKey }: Session, elevation: Elevation): Promise<void> {
    this.carried.set(storeKey, elevation);
    return Promise.resolve();
  }

  withdraw(_session: Session, elevation: Elevation): void {
    this.withdrawn.push(elevation);
  }

  end(userId: string, cause: ElevationEnd, _requestId: string, storeKey?: string): Promise<void> {
    this.ended.push([userId, cause, storeKey]);
    return Promise.resolve();
  }
}

export function anElevation(): Elevation {
  return { id: 'e1', tenantId: null, reason: 'a reason', expiresAt: Number.MAX_SAFE_INTEGER };
}

/** Counts updates, and keeps the caller of each waiting for a turn of the event loop, like a store in another process. */
class CountingStore extends MemoryStore<SessionRecord> {
  updates = 0;

  override async update(
    key: string,
    change: (stored: SessionRecord) => Replacement<SessionRecord>,
  ): Promise<boolean> {
    this.updates += 1;
    const updated = await super.update(key, change);
    await new Promise((done) => setImmediate(done));
    return updated;
  }
}

/** Sessions in memory, with clocks and users that a spec changes. */
export class SessionsFixture {
  /** Milliseconds since the epoch. */
  wall = Date.UTC(2026, 0, 1);
  monotonic = 0;
  readonly users = new Map<string, User>();
  readonly events: AuditEvent[] = [];
  readonly elevations = new RecordedElevations();
  readonly sessions: Sessions;
  readonly store: CountingStore;
  private readonly registry = new FrontendRegistry(frontends);

  constructor() {
    const clock = (): number => this.wall;
    const monotonic = (): number => this.monotonic;
    const store = (this.store = new CountingStore(monotonic, SESSIONS.groupsOf));
    const key = { generation: 1, createdAt: 0, key: new Secret(Buffer.alloc(32)) };
    const tickets = new SessionTickets(new HashKeySet('session-tickets', [key], clock));
    const [inGrace, successors] = [new MemoryStore<string>(monotonic), new MemoryStore<string>(monotonic)];
    this.sessions = new Sessions(
      store,
      new TicketRotation(store, inGrace, successors, tickets, clock),
      tickets,
      this.elevations as unknown as Elevations,
      { findActive: (id: string) => this.users.get(id) } as unknown as UserDirectory,
      this.registry,
      clock,
      { later: (event: AuditEvent) => this.events.push(event) } as unknown as AuditLog,
      SESSIONS_PER_USER,
    );
  }

  /** Adds or replaces a user. */
  user(id: string, changes: Partial<User> = {}): User {
    const user: User = {
      ...{ id, email: `${id}@acme.example`, name: id, role: 'user', disabled: false, hasPassword: true },
      ...{ powersVersion: 0, sessionsVersion: 0, ...changes },
    };
    this.users.set(id, user);
    return user;
  }

  frontend(name: 'console' | 'partners' | 'operations'): Frontend {
    const frontend = this.registry.named(name);
    if (frontend === undefined) throw new Error(`The frontend ${name} is missing`);
    return frontend;
  }

  async signIn(
    user: User,
    frontend: Frontend,
    more: { provider?: ProviderSession | null; userAgent?: string; cookies?: string } = {},
  ): Promise<SignIn> {
    const { provider = null, userAgent, cookies } = more;
    const request = { user, frontend, provider, userAgent, cookies, requestId: 'r' };
    const { session, setCookies } = await this.sessions.open(request);
    return { session, cookies: setCookies.map((line) => line.split(';', 1)[0]).join('; ') };
  }

  /** Lets time pass on both clocks. */
  pass(ms: number): void {
    this.wall += ms;
    this.monotonic += ms;
  }
}
