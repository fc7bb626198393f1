import { type GlobalRole } from '@bff/database';
import { emailKey, identityKey } from '@bff/identity';
import { type Tenant } from '@bff/tenancy';
import { type DirectoryDocument, type UserEntry } from './directory-document.js';

/** What is in the directory beside the file: without what is pruned. */
export interface Existing {
  readonly tenants: readonly Tenant[];
  readonly users: readonly {
    readonly email: string;
    /** The address as it is compared; of who has none of an operator's, the id. */
    readonly key: string;
    readonly isSelfMade: boolean;
    readonly identity: string | null;
    readonly role: GlobalRole;
    readonly disabled: boolean;
  }[];
}

/** The entries of a list that stand under a usable key, with their index. */
type Keyed = <Entry extends object>(
  list: readonly Entry[] | undefined,
  place: string,
  key: keyof Entry,
) => readonly (readonly [index: number, entry: Entry])[];

/** What must be unique, and where it stands. */
type Claim = readonly [key: string, place: string];

/**
 * What records say of each other and of the directory: duplicates, dangling references, what new records lack. The
 * document may have problems of its shape too, at the places `broken`; a record whose key is broken is passed over.
 */
export function crossCheck(
  document: DirectoryDocument,
  broken: ReadonlySet<string>,
  existing: Existing,
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

/** The document has been read, but not accepted: what should be a list may be anything. */
function entriesOf<Entry>(list: readonly Entry[] | undefined): readonly [index: number, entry: Entry][] {
  return Array.isArray(list) ? [...(list as readonly Entry[]).entries()] : [];
}

function* tenantProblems(keyed: Keyed, { tenants }: DirectoryDocument, existing: Existing): Iterable<string> {
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
      yield `${place}.credentials: a tenant of plane admin has none; the environment's adminCredentials serve it`;
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
  existing: Existing,
): Iterable<string> {
  const entries = keyed(users, 'users', 'email');
  yield* duplicates(entries.map(([index, { email }]) => [emailKey(email), `users[${index}].email`]));
  const known = new Set(existing.users.map(({ key }) => key));
  const stated = new Set(entries.map(([, { email }]) => emailKey(email)));
  const identities = existing.users.flatMap(({ email, key, identity, isSelfMade }): Claim[] =>
    identity === null || isSelfMade || stated.has(key)
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

/** Without an active admin nobody could create the next one (docs/contract.md sections 6 and 7). */
function* lastAdminProblems(
  keyed: Keyed,
  { users }: DirectoryDocument,
  existing: Existing,
): Iterable<string> {
  const entries = keyed(users, 'users', 'email');
  const stated = new Map(entries.map(([, { email, role }]) => [emailKey(email), role]));
  const able = existing.users.filter(({ disabled }) => !disabled);
  const admins = new Set(able.filter(({ role }) => role === 'admin').map(({ key }) => key));
  const known = new Set(existing.users.map(({ key }) => key));
  const isLeft =
    able.some(({ key, role }) => (stated.get(key) ?? role) === 'admin') ||
    [...stated].some(([key, role]) => role === 'admin' && !known.has(key));
  if (admins.size === 0 || isLeft) return;
  for (const [index, { email }] of entries) {
    if (admins.has(emailKey(email))) yield `users[${index}].role: the last admin must stay one`;
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
      yield `${placeOf(index)}: there is no tenant ${tenant} in the file or the directory`;
  }
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

function* duplicates(claims: readonly Claim[]): Iterable<string> {
  const first = new Map<string, string>();
  for (const [key, place] of claims) {
    const earlier = first.get(key);
    if (earlier === undefined) first.set(key, place);
    else yield `${place}: is already at ${earlier}`;
  }
}
