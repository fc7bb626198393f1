import { emailKey } from '@bff/identity';
import { type Tenant } from '@bff/tenancy';
import { type DirectoryDocument, type TenantEntry, type UserEntry } from './directory-document.js';

/** What is in the directory before the file is applied. */
export interface Existing {
  readonly tenants: readonly Tenant[];
  readonly users: readonly { readonly email: string; readonly identity: string | null }[];
}

/** What records say of each other and of the directory: duplicates, dangling references, what new records lack. */
export function crossCheck(
  document: DirectoryDocument,
  existing: Existing,
  prune: boolean,
): readonly string[] {
  return [
    ...tenantProblems(document, existing, prune),
    ...userProblems(document, existing, prune),
    ...adminProblems(document),
  ];
}

/** How two identities are compared; JSON keeps issuer and subject apart whatever they hold. */
export function identityKey(issuer: string, subject: string): string {
  return JSON.stringify([issuer, subject]);
}

function* tenantProblems(document: DirectoryDocument, existing: Existing, prune: boolean): Iterable<string> {
  const { tenants = [] } = document;
  yield* duplicates(tenants.map(({ id }, index) => [id, `tenants[${index}].id`]));
  const known = new Map(existing.tenants.map((tenant) => [tenant.id, tenant]));
  const stated = new Set(tenants.map(({ id }) => id));
  const projects: [string, string][] = [];
  for (const [index, entry] of tenants.entries()) {
    const place = `tenants[${index}]`;
    const before = known.get(entry.id);
    yield* before === undefined ? missing(entry, ['name', 'projectId', 'environment', 'plane'], place) : [];
    if ((entry.plane ?? before?.plane) === 'admin' && entry.credentials !== undefined) {
      yield `${place}.credentials: a tenant of plane admin has none; the environment's adminCredentials serve it`;
    }
    const projectId = entry.projectId ?? before?.projectId;
    const environment = entry.environment ?? before?.environment;
    if (projectId !== undefined && environment !== undefined) {
      projects.push([JSON.stringify([environment, projectId]), `${place}.projectId`]);
    }
  }
  const kept =
    prune && document.tenants !== undefined ? [] : existing.tenants.filter(({ id }) => !stated.has(id));
  const taken = kept.map(({ id, environment, projectId }): [string, string] => [
    JSON.stringify([environment, projectId]),
    `the tenant ${id} in the directory`,
  ]);
  yield* duplicates([...taken, ...projects]);
}

function* userProblems(
  { tenants, users = [] }: DirectoryDocument,
  existing: Existing,
  prune: boolean,
): Iterable<string> {
  yield* duplicates(users.map(({ email }, index) => [emailKey(email), `users[${index}].email`]));
  const stated = new Set(users.map(({ email }) => emailKey(email)));
  const known = new Set(existing.users.map(({ email }) => emailKey(email)));
  const identities = existing.users.flatMap(({ email, identity }): [string, string][] =>
    identity === null || stated.has(emailKey(email))
      ? []
      : [[identity, `the user ${email} in the directory`]],
  );
  const fromDirectory = prune && tenants !== undefined ? [] : existing.tenants.map(({ id }) => id);
  const reachable = new Set([...fromDirectory, ...(tenants ?? []).map(({ id }: TenantEntry) => id)]);
  for (const [index, user] of users.entries()) {
    const place = `users[${index}]`;
    if (!known.has(emailKey(user.email))) yield* missing(user, ['name'], place);
    if (user.identity !== undefined) {
      identities.push([identityKey(user.identity.issuer, user.identity.subject), `${place}.identity`]);
    }
    yield* membershipProblems(user, place, reachable);
  }
  yield* duplicates(identities);
}

function* membershipProblems(
  { memberships = [] }: UserEntry,
  place: string,
  tenants: ReadonlySet<string>,
): Iterable<string> {
  yield* duplicates(
    memberships.map(({ tenant }, index) => [tenant, `${place}.memberships[${index}].tenant`]),
  );
  for (const [index, { tenant }] of memberships.entries()) {
    if (!tenants.has(tenant)) {
      yield `${place}.memberships[${index}].tenant: there is no tenant ${tenant} in the file or the directory`;
    }
  }
}

function* adminProblems({ adminCredentials = [] }: DirectoryDocument): Iterable<string> {
  yield* duplicates(
    adminCredentials.map(({ environment }, index) => [environment, `adminCredentials[${index}].environment`]),
  );
}

function* missing<Entry extends object>(
  entry: Entry,
  members: readonly (keyof Entry & string)[],
  place: string,
): Iterable<string> {
  for (const member of members) {
    if (entry[member] === undefined) yield `${place}.${member}: a new record needs it`;
  }
}

function* duplicates(keysAndPlaces: readonly (readonly [key: string, place: string])[]): Iterable<string> {
  const first = new Map<string, string>();
  for (const [key, place] of keysAndPlaces) {
    const earlier = first.get(key);
    if (earlier === undefined) first.set(key, place);
    else yield `${place}: stands already at ${earlier}`;
  }
}
