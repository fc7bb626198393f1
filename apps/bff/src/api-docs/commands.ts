import { type FrontendSettings } from '@bff/config';
import { isAdminNeed } from '@bff/tenancy';
import { OPERATION_NOTES } from './operation-notes.js';
import { CREATED_RECORDS, SANDBOX_TENANT_ID, DEMO_CALLERS, type DemoCaller } from './demo-callers.js';
import { type CurlSession, curlSession } from './curl-session.js';
import { type RouteDefinition, type RouteName, ROUTES } from '../http/routes.js';

/** A shell command and the status of its response in the demo. */
export interface Command {
  readonly line: string;
  readonly status: number;
}

/** Placeholder in a body, which a shell substitution of {@link CODE_COMMAND} replaces. */
const CODE_PLACEHOLDER = '{one-time code}';
const CODE_COMMAND = 'npm run --silent demo:code';

/** Operations whose responses set a new session cookie. */
const SESSION_COOKIE_ROUTES: ReadonlySet<RouteName> = new Set([
  'session.create',
  'session.elevate',
  'session.end-elevation',
]);

/**
 * Operations that change an account; their commands use the sandbox, so that the accounts of other demo tenants
 * remain.
 */
const SANDBOX_ROUTES: ReadonlySet<RouteName> = new Set([
  'account.create',
  'account.update',
  'account.delete',
]);

/** Bodies that depend on the caller; all others are the examples of the notes. */
const CALLER_BODIES: Readonly<Partial<Record<RouteName, (caller: DemoCaller) => object>>> = {
  'session.create': ({ email, password }) => ({ email, password }),
  'session.elevate': ({ tenantId }) => elevation(tenantId),
  // The same password, so that the printed password of the demo remains valid.
  'session.change-password': ({ password }) => ({ current: password, new: password }),
};

function elevation(tenantId?: string): object {
  return { code: CODE_PLACEHOLDER, reason: 'Trying the commands of the documentation', tenantId };
}

/** The commands of the documentation page of one frontend; each can be run there unchanged. */
export class Commands {
  readonly session: CurlSession;
  readonly caller: DemoCaller;

  constructor(private readonly frontend: Pick<FrontendSettings, 'name' | 'class' | 'origin'>) {
    this.session = curlSession(frontend);
    this.caller = DEMO_CALLERS[frontend.class];
  }

  /** @returns an empty list if the call is impossible on this frontend or involves an OpenID provider */
  of(name: RouteName): readonly Command[] {
    const route: RouteDefinition = ROUTES[name];
    const isAdmin = this.frontend.class === 'admin';
    if (route.provider === true || (isAdminNeed(route.needs) && !isAdmin)) return [];
    // The elevation of this page is for a tenant other than the sandbox.
    if (SANDBOX_ROUTES.has(name) && isAdmin) return [];
    const command = { line: this.line(name, this.bodyOf(name)), status: route.status };
    if (name !== 'admin.tenants.create') return [command];
    const elevate = { line: this.line('session.elevate', elevation()), status: 200 };
    return [elevate, command];
  }

  private bodyOf(name: RouteName): object | undefined {
    return CALLER_BODIES[name]?.(this.caller) ?? OPERATION_NOTES[name].bodies?.[0]?.[1];
  }

  private line(name: RouteName, body?: object): string {
    const { method, needs, from }: RouteDefinition = ROUTES[name];
    const setsSessionCookie = SESSION_COOKIE_ROUTES.has(name);
    const parts = [
      'curl -sS',
      method === 'GET' || (method === 'POST' && body !== undefined) ? '' : `-X ${method}`,
      setsSessionCookie ? this.session.storeOptions : '',
      needs === 'nothing' && name !== 'session.end' ? '' : this.session.sendOptions,
      from === undefined ? "-H 'X-CSRF: 1'" : '',
      body === undefined ? '' : `-H 'Content-Type: application/json' -d ${quoted(body)}`,
      `${this.url(name)}${setsSessionCookie ? this.session.storeCommand : ''}`,
    ];
    return parts.filter((part) => part !== '').join(' ');
  }

  private url(name: RouteName): string {
    const { path }: RouteDefinition = ROUTES[name];
    const isAdministration = name.startsWith('admin.');
    const tenantId = isAdministration
      ? CREATED_RECORDS.tenantId
      : SANDBOX_ROUTES.has(name)
        ? SANDBOX_TENANT_ID
        : this.caller.tenantId;
    const filled = path
      .replace(':tenantId', tenantId)
      .replace(':userId', () => this.idOf('admin.users.list', `"email":"${CREATED_RECORDS.email}"`))
      .replace(':sessionId', () => this.idOf('sessions.list', '"current":true'));
    const query =
      name === 'admin.sessions.end'
        ? `?userId=${this.idOf('admin.users.list', `"email":"${CREATED_RECORDS.email}"`)}`
        : '';
    const url = `${this.frontend.origin}${filled}${query}`;
    return url.includes('$(') ? `"${url}"` : url;
  }

  /** Shell substitution for the id of the record in which this field follows the id. */
  private idOf(list: RouteName, field: string): string {
    return `$(${this.line(list)} | grep -o '[^"]*",${field}' | cut -d'"' -f1)`;
  }
}

function quoted(body: object): string {
  const json = JSON.stringify(body).replaceAll("'", String.raw`'\''`);
  return `'${json.replace(CODE_PLACEHOLDER, `'$(${CODE_COMMAND})'`)}'`;
}
