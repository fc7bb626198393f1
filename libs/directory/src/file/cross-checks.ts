import { emailKey, identityKey } from '@bff/identity';
import { removesLastAdmin } from '../users/last-admin.js';
import { type DirectoryDocument, type UserEntry } from './directory-document.js';
import { type ExistingRecords, statesAfter } from './existing-records.js';

/** Returns the entries of a list that have a valid key, with their index. */
type Keyed = <Entry extends object>(
  list: readonly Entry[] | undefined,
  place: string,
  key: keyof Entry,
) => readonly (readonly [index: number, entry: Entry])[];

/** A value that must be unique, with its path. */
type Claim = readonly [key: string, place: string];

/**
 * Checks the relations between records: duplicates, dangling references, missing members of new records, the
 * last admin.
 * @param broken the paths with schema problems; a record whose key is among them is skipped
 * @param existing the directory without the pruned records
 * @returns a sentence for each problem
 */
export function crossCheck(
  document: DirectoryDocument,
  broken: ReadonlySet<string>,
  existing: ExistingRecords,
): readonly string[] {
  const keyed: Keyed = (list, place, key) =>
    entriesOf(list).filter(
      ([index, entry]) =>
        typeof entry?.[key] === 'string' && !broken.has(`${place}[${index}].${String(key)}`),
    );
  const environments = keyed(document.adminCredentials, 'adminCredentials', 'environment');
  return [
    ...tenantProblems(keyed, document, existing),
    ...userProblems(keyed, document, existing),
    ...lastAdminProblems(keyed, document, existing),
    ...duplicates(
      environments.map(([index, { environment }]) => [environment, `adminCredentials[${index}].environment`]),
    ),
  ];
}

/** Returns the entries of a list; a document with schema problems may have any value instead. */
function entriesOf<Entry>(list: readonly Entry[] | undefined): readonly [index: number, entry: Entry][] {
  return Array.isArray(list) ? [...(list as readonly Entry[]).entries()] : [];
}

function* tenantProblems(
  keyed: Keyed,
  { tenants }: DirectoryDocument,
  existing: ExistingRecords,
): Iterable<string> {
  const entries = keyed(tenants, 'tenants', 'id');
  yield* duplicates(entries.map(([index, { id }]) => [id, `tenants[${index}].id`]));
  const known = new Map(existing.tenants.map((tenant) => [tenant.id, tenant]));
  const stated = new Set(entries.map(([, { id }]) => id));
  const projects: Claim[] = existing.tenants
    .filter(({ id }) => !stated.has(id))
    .map(({ id, environment, projectId }) => [
      JSON.stringify([environment, projectId]),
      `the tenant ${id} in the directory`,
    ]);
  for (const [index, entry] of entries) {
    const place = `tenants[${index}]`;
    const before = known.get(entry.id);
    if (before === undefined) yield* missing(entry, ['name', 'projectId', 'environment', 'plane'], place);
    if ((entry.plane ?? before?.plane) === 'admin' && entry.credentials !== undefined) {
      yield `${place}.credentials: a tenant of plane admin cannot have credentials; it uses the environment's adminCredentials`;
    }
    const projectId = entry.projectId ?? before?.projectId;
    const environment = entry.environment ?? before?.environment;
    if (projectId !== undefined && environment !== undefined) {
      projects.push([JSON.stringify([environment, projectId]), `${place}.projectId`]);
    }
  }
  yield* duplicates(projects);
}

function* userProblems(
  keyed: Keyed,
  { tenants, users }: DirectoryDocument,
  existing: ExistingRecords,
): Iterable<string> {
  const entries = keyed(users, 'users', 'email');
  yield* duplicates(entries.map(([index, { email }]) => [emailKey(email), `users[${index}].email`]));
  const known = new Set(existing.users.map(({ key }) => key));
  const stated = new Set(entries.map(([, { email }]) => emailKey(email)));
  const identities = existing.users.flatMap(({ email, key, identity, hasStatedAddress }): Claim[] =>
    identity === null || !hasStatedAddress || stated.has(key)
      ? []
      : [[identity, `the user ${email} in the directory`]],
  );
  const reachable = new Set([
    ...existing.tenants.map(({ id }) => id),
    ...keyed(tenants, 'tenants', 'id').map(([, { id }]) => id),
  ]);
  for (const [index, user] of entries) {
    const place = `users[${index}]`;
    if (!known.has(emailKey(user.email))) yield* missing(user, ['name'], place);
    if (typeof user.identity === 'object') {
      identities.push([identityKey(user.identity.issuer, user.identity.subject), `${place}.identity`]);
    }
    yield* membershipProblems(keyed, user, place, reachable);
  }
  yield* duplicates(identities);
}

function* lastAdminProblems(
  keyed: Keyed,
  { users }: DirectoryDocument,
  existing: ExistingRecords,
): Iterable<string> {
  const entries = keyed(users, 'users', 'email');
  const after = statesAfter(
    existing.users,
    entries.map(([, entry]) => entry),
  );
  if (!removesLastAdmin(existing.users, after.values())) return;
  const active = existing.users.filter(({ role, disabled }) => role === 'admin' && !disabled);
  const admins = new Set(active.map(({ key }) => key));
  for (const [index, { email }] of entries) {
    if (admins.has(emailKey(email))) yield `users[${index}].role: the last admin must remain an admin`;
  }
}

function* membershipProblems(
  keyed: Keyed,
  { memberships }: UserEntry,
  place: string,
  tenants: ReadonlySet<string>,
): Iterable<string> {
  const entries = keyed(memberships, `${place}.memberships`, 'tenant');
  const placeOf = (index: number): string => `${place}.memberships[${index}].tenant`;
  yield* duplicates(entries.map(([index, { tenant }]) => [tenant, placeOf(index)]));
  for (const [index, { tenant }] of entries) {
    if (!tenants.has(tenant))
      yield `${placeOf(index)}: the tenant ${tenant} does not exist in the file or the directory`;
  }
}

function* missing<Entry extends object>(
  entry: Entry,
  members: readonly (keyof Entry & string)[],
  place: string,
): Iterable<string> {
  for (const member of members) {
    if (entry[member] === undefined) yield `${place}.${member}: is required for a new record`;
  }
}

function* duplicates(claims: readonly Claim[]): Iterable<string> {
  const first = new Map<string, string>();
  for (const [key, place] of claims) {
    const earlier = first.get(key);
    if (earlier === undefined) first.set(key, place);
    else yield `${place}: duplicates ${earlier}`;
  }
}
