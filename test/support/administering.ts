import { type Answer, type Browser, type BrowserRequest } from './browser.js';
import { codeAt, REASON } from './elevating.js';
import { type Bff } from './start-bff.js';
import { the } from './the.js';
import { type RouteName, ROUTES } from '../../apps/bff/src/http/routes.js';

const STEP_MS = 30_000;

/** A user who can sign in and elevate. */
export interface Admin {
  readonly email: string;
  readonly password: string;
  readonly totpSecret: string;
}

/** A second admin, for tests with two. */
export const deputy = {
  email: 'deputy@bff.example',
  name: 'De Puty',
  password: 'deputy-canary-password',
  totpSecret: 'KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU',
  role: 'admin',
} as const;

/**
 * Signs an admin in on the admin frontend and elevates the session, for administration if no tenant is given.
 */
export async function administrating(bff: Bff, who: Admin = the.admin, tenantId?: string): Promise<Browser> {
  const browser = await bff.signedIn(who, 'admin');
  bff.turnClock(STEP_MS);
  const code = codeAt(bff.now(), 0, who.totpSecret);
  const answer = await browser.post('/session/elevation', {
    ...{ code, reason: REASON },
    ...(tenantId !== undefined && { tenantId }),
  });
  if (answer.status !== 200) throw new Error(`Not elevated: ${answer.status} ${answer.text}`);
  return browser;
}

export interface UserRecord {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: string;
  readonly disabled: boolean;
  readonly identity: object | null;
  readonly memberships: readonly { readonly tenant: string; readonly role: string }[];
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface TenantRecord {
  readonly id: string;
  readonly name: string;
  readonly projectId: string;
  readonly environment: string;
  readonly plane: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly lastUpstreamSuccessAt: string | null;
  readonly lastUpstreamErrorCode: string | null;
}

/** All entries of a list, over all pages. */
export async function entriesOf<Entry>(reader: Browser, path: string, pageSize = 100): Promise<Entry[]> {
  const name = path.split('?')[0]?.split('/').at(-1) ?? '';
  const found: Entry[] = [];
  let token: string | undefined;
  do {
    const query = `${path.includes('?') ? '&' : '?'}pageSize=${pageSize}`;
    const next = token === undefined ? '' : `&pageToken=${encodeURIComponent(token)}`;
    const answer = await reader.get(path + query + next);
    if (answer.status !== 200) throw new Error(`No page of ${path}: ${answer.status} ${answer.text}`);
    const page = answer.json as Readonly<Record<string, unknown>>;
    found.push(...(page[name === 'audit' ? 'events' : name] as Entry[]));
    token = page['nextPageToken'] as string | undefined;
  } while (token !== undefined);
  return found;
}

export async function userOf(reader: Browser, email: string): Promise<UserRecord> {
  const users = await entriesOf<UserRecord>(reader, '/v1/admin/users');
  const found = users.find((user) => user.email === email);
  if (found === undefined) throw new Error(`No user ${email}`);
  return found;
}

/** All records that administration writes, except sessions. */
export async function recordsOf(reader: Browser): Promise<object> {
  const tenants = await entriesOf<TenantRecord>(reader, '/v1/admin/tenants');
  const parts = tenants.flatMap(({ id }) => [
    entriesOf<object>(reader, `/v1/admin/tenants/${id}/members`),
    reader.get(`/v1/admin/tenants/${id}/credentials`).then(withoutRequestId),
  ]);
  return { tenants, users: await entriesOf(reader, '/v1/admin/users'), parts: await Promise.all(parts) };
}

function withoutRequestId({ status, json }: Answer): object {
  return status === 200 ? (json as object) : { status };
}

export type AdminOperation = Extract<RouteName, `admin.${string}`>;

export const adminOperations = (Object.keys(ROUTES) as RouteName[]).filter((name): name is AdminOperation =>
  name.startsWith('admin.'),
);
/** All routes with the need `elevated-admin`. */
export const adminWrites = (Object.keys(ROUTES) as RouteName[]).filter(
  (name): name is AdminOperation => ROUTES[name].needs === 'elevated-admin',
);
export const adminReads = adminOperations.filter((name) => ROUTES[name].needs === 'admin');

/** A valid body for each write. */
export const adminBodies: Readonly<Partial<Record<AdminOperation, object>>> = {
  'admin.tenants.create': {
    ...{ id: 'northwind', name: 'Northwind Traders', projectId: 'p-northwind' },
    ...{ environment: 'production', plane: 'public' },
  },
  'admin.tenants.update': { name: 'Changed' },
  'admin.credentials.set': { scheme: 'oauth2', keyId: 'new-key', keySecret: 'new-canary-secret' },
  'admin.credentials.check': { scheme: 'oauth2', keyId: 'new-key', keySecret: 'new-canary-secret' },
  'admin.members.put': { role: 'editor' },
  'admin.users.create': {
    ...{ email: 'new@acme.example', name: 'New', password: 'a new canary password' },
    memberships: [{ tenant: 'acme', role: 'viewer' }],
  },
  'admin.users.update': { name: 'Changed', disabled: true },
};

export interface Target {
  readonly tenantId: string;
  readonly userId: string;
}

/** Requests an operation on a tenant and a user, by default with a valid body. */
export function administer(
  browser: Browser,
  name: AdminOperation,
  { tenantId, userId }: Target,
  request?: BrowserRequest,
): Promise<Answer> {
  const { method, path } = ROUTES[name];
  const body = adminBodies[name];
  const query = name === 'admin.sessions.end' ? `?userId=${userId}` : '';
  const target = path.replace(':tenantId', tenantId).replace(':userId', userId) + query;
  return browser.request(method, target, request ?? (body === undefined ? {} : { body }));
}
