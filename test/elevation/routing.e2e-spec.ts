import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Answer, type Browser } from '../support/browser.js';
import { askElevation } from '../support/elevating.js';
import { expectNoSecrets } from '../support/forwarding.js';
import { type RecordedRequest } from '../support/recording-upstream.js';
import { type ServerName, serverNames } from '../support/six-upstreams.js';
import { type Bff, type FrontendName, frontends, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

const environments = ['production', 'staging', 'staging-dev'] as const;
const roles = ['user', 'admin'] as const;
const memberships = ['none', 'viewer', 'editor'] as const;

interface Tenant {
  readonly id: string;
  readonly name: string;
  readonly projectId: string;
  readonly environment: (typeof environments)[number];
  readonly plane: 'public' | 'admin';
  readonly credentials?: object;
}

const served = (plane: Tenant['plane'], environment: Tenant['environment'], id: string): Tenant => ({
  ...{ id, name: `Tenant ${id}`, projectId: `project-${id}`, environment, plane },
  ...(plane === 'public' && {
    credentials: { scheme: 'oauth2', keyId: `${id}-key`, keySecret: `${id}-canary-secret` },
  }),
});
/** One tenant for each server; each user below is a member of all of them or of none. */
const tenants = (['public', 'admin'] as const).flatMap((plane) =>
  environments.map((environment) => served(plane, environment, `${plane}-${environment}`)),
);
/** The only tenant of the frontend `narrow`; it has no members. */
const hub = served('public', 'production', 'hub');

interface Caller {
  readonly role: (typeof roles)[number];
  readonly membership: (typeof memberships)[number];
}
const callers: readonly Caller[] = roles.flatMap((role) =>
  memberships.map((membership) => ({ role, membership })),
);
const account = ({ role, membership }: Caller): { email: string; password: string } => ({
  email: `${role}-${membership}@bff.example`,
  password: `${role}-${membership}-canary-password`,
});

/** A frontend, whether it is of class `admin`, and whether it reaches the tenants. */
interface Place {
  readonly name: FrontendName;
  readonly isAdmin: boolean;
  readonly reaches: boolean;
}
const places: readonly Place[] = [
  { name: 'console', isAdmin: false, reaches: true },
  { name: 'partners', isAdmin: false, reaches: true },
  { name: 'admin', isAdmin: true, reaches: true },
  { name: 'narrow', isAdmin: true, reaches: false },
];

let bff: Bff;
beforeAll(async () => {
  bff = await startBff({
    environment: {
      BFF_FRONTENDS: JSON.stringify([
        ...[frontends.console, frontends.partners, frontends.admin],
        { ...frontends.narrow, class: 'admin', tenants: ['hub'] },
      ]),
    },
    directory: {
      tenants: [...tenants, hub],
      users: callers.map((caller) => ({
        ...account(caller),
        ...{
          name: `${caller.role} ${caller.membership}`,
          role: caller.role,
          totpSecret: the.admin.totpSecret,
        },
        memberships:
          caller.membership === 'none'
            ? []
            : tenants.map(({ id }) => ({ tenant: id, role: caller.membership })),
      })),
      adminCredentials: the.directory.adminCredentials,
    },
  });
});
afterAll(() => bff.close());

/** The elevation of a session: for a tenant, for administration (`tenantId` null), or none. */
type Elevation = { readonly tenantId: string | null } | null;

interface Destination {
  readonly plane: Tenant['plane'];
  readonly server: ServerName;
  readonly keyId: string;
}
type Refusal = 'bff_tenant_not_found' | 'bff_elevation_required' | 'bff_role_required';

/** The first row of the table in docs/contract.md section 5 that applies. */
function rowOf(
  { id, plane, environment }: Tenant,
  { role, membership }: Caller,
  { isAdmin, reaches }: Place,
  elevation: Elevation,
): Destination | Refusal {
  const own: Destination = { plane: 'public', server: environment, keyId: `${id}-key` };
  const internal: Destination = {
    ...{ plane: 'admin', server: `admin-${environment}`, keyId: `admin-${environment}-key` },
  };
  const isMember = membership !== 'none';
  const mayElevate = role === 'admin' && isAdmin;
  const rows: readonly [applies: boolean, result: Destination | Refusal][] = [
    [!reaches, 'bff_tenant_not_found'],
    [plane === 'public' && isMember, own],
    [mayElevate && elevation?.tenantId === id, internal],
    [mayElevate, 'bff_elevation_required'],
    [plane === 'admin' && isMember, 'bff_role_required'],
    [true, 'bff_tenant_not_found'],
  ];
  return rows.find(([applies]) => applies)?.[1] ?? 'bff_tenant_not_found';
}

/** The response that the browser received, and the requests that servers and token endpoints received. */
interface Exchange {
  readonly status: number;
  readonly says: object;
  readonly servers: readonly object[];
  /** Servers whose token endpoint received a request without a call after it. */
  readonly strayTokens: readonly ServerName[];
}
const nothingAsked = { servers: [], strayTokens: [] };

function refused(tenant: Tenant, errorCode: Refusal): Exchange {
  const acr = expect.any(String) as unknown;
  const challenge = { additionalInformation: { acr, maxAgeSeconds: 900, tenantId: tenant.id } };
  return {
    status: errorCode === 'bff_tenant_not_found' ? 404 : 403,
    says: { errorCode, ...(errorCode === 'bff_elevation_required' && challenge) },
    ...nothingAsked,
  };
}

function explained(tenant: Tenant, row: Destination | Refusal): Exchange {
  if (typeof row === 'string') {
    const refusal = refused(tenant, row);
    return { ...refusal, status: refusal.status === 404 ? 404 : 200 };
  }
  const { plane, keyId } = row;
  const says = { environment: tenant.environment, plane, credential: { scheme: 'oauth2', keyId } };
  return { status: 200, says, ...nothingAsked };
}

function called(
  { projectId }: Tenant,
  { server, keyId }: Destination,
  method: string,
  path: string,
): Exchange {
  const url = `/v1/projects/${projectId}/${path}`;
  const request = { server, method, url, authorization: [`Bearer token-${server}-${keyId}`] };
  return { status: 200, says: { ok: true, server }, servers: [request], strayTokens: [] };
}

/** The row of a write, which a viewer may not send. */
const writing = ({ membership }: Caller, row: Destination | Refusal): Destination | Refusal =>
  typeof row !== 'string' && row.plane === 'public' && membership === 'viewer' ? 'bff_role_required' : row;

/** All `Authorization` values of a request, without the number of the token. */
const authorizationsOf = ({ rawHeaders }: RecordedRequest): readonly string[] =>
  rawHeaders
    .filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'authorization')
    .map((value) => value.replace(/-\d+$/, ''));

async function exchange(ask: () => Promise<Answer>): Promise<Exchange> {
  bff.sinch.reset();
  const answer = await ask();
  const said = answer.json as Record<string, unknown>;
  if (!('credential' in said)) expectNoSecrets(answer);
  const { errorCode, additionalInformation } = said;
  return {
    status: answer.status,
    says:
      errorCode === undefined
        ? said
        : { errorCode, ...(additionalInformation !== undefined && { additionalInformation }) },
    servers: serverNames.flatMap((server) =>
      bff.sinch[server].requests.map((request) => ({
        ...{ server, method: request.method, url: request.url, authorization: authorizationsOf(request) },
      })),
    ),
    strayTokens: serverNames.filter(
      (name) => bff.sinch.tokens[name].requests.length > 0 && bff.sinch[name].requests.length === 0,
    ),
  };
}

interface SignedInCaller {
  readonly browser: Browser;
  readonly caller: Caller;
  readonly place: Place;
  readonly elevation: Elevation;
}

async function expectRows({ browser, caller, place, elevation }: SignedInCaller): Promise<void> {
  for (const tenant of tenants) {
    const row = rowOf(tenant, caller, place, elevation);
    const base = `/v1/tenants/${tenant.id}`;
    const [read, comment] = ['whatsapp', 'whatsapp/comments'];
    const post = writing(caller, row);
    const seen = {
      tenant: tenant.id,
      elevation,
      route: await exchange(() => browser.get(`${base}/route`)),
      read: await exchange(() => browser.get(`${base}/${read}`)),
      comment: await exchange(() => browser.post(`${base}/${comment}`, { comment: 'Hello' })),
    };
    expect(seen).toEqual({
      tenant: tenant.id,
      elevation,
      route: explained(tenant, row),
      read: typeof row === 'string' ? refused(tenant, row) : called(tenant, row, 'GET', read),
      comment: typeof post === 'string' ? refused(tenant, post) : called(tenant, post, 'POST', comment),
    });
  }
}

/** Every elevation that an admin on an admin frontend can have. */
const elevationsOn = ({ reaches }: Place): readonly NonNullable<Elevation>[] => [
  ...(reaches ? tenants : [hub]).map(({ id }) => ({ tenantId: id })),
  { tenantId: null },
];

const callersByPlace = callers.flatMap((caller) =>
  places.map((place): [title: string, caller: Caller, place: Place] => [
    `a caller with role ${caller.role} and membership ${caller.membership} on ${place.name}`,
    caller,
    place,
  ]),
);

it.each(callersByPlace)(
  '%s is routed as in the table, with every elevation (ELV-03, AZT-11)',
  async (_, caller, place) => {
    const browser = await bff.signedIn(account(caller), place.name);
    await expectRows({ browser, caller, place, elevation: null });
    if (caller.role !== 'admin' || !place.isAdmin) return;
    for (const elevation of elevationsOn(place)) {
      const wish = elevation.tenantId === null ? {} : { tenantId: elevation.tenantId };
      expect((await askElevation(bff, browser, wish)).status).toBe(200);
      await expectRows({ browser, caller, place, elevation });
    }
    expect((await browser.delete('/session/elevation')).status).toBe(200);
    await expectRows({ browser, caller, place, elevation: null });
  },
);

it('the callers cover every row of the table and every server', () => {
  const rows = callersByPlace.flatMap(([, caller, place]) =>
    [null, ...elevationsOn(place)].flatMap((elevation) =>
      tenants.map((tenant) => rowOf(tenant, caller, place, elevation)),
    ),
  );
  expect(new Set(rows.map((row) => (typeof row === 'string' ? row : row.server)))).toEqual(
    new Set([...serverNames, 'bff_tenant_not_found', 'bff_elevation_required', 'bff_role_required']),
  );
});
