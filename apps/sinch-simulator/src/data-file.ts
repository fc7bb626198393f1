import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  accountStates,
  activityTypes,
  businessManagers,
  changeStates,
  conversationRegions,
} from './account-enums.js';
import type { Account, AccountChanges, AccountDetails, SubmittedDetails } from './account.js';
import type { Activity } from './activity.js';
import { environments } from './servers.js';
import {
  anything,
  bool,
  integer,
  isObject,
  listOf,
  members,
  oneOf,
  optional,
  text,
  type Rule,
} from './validation.js';
import {
  emptyWorld,
  type AdminClient,
  type Client,
  type Condition,
  type Project,
  type WorldState,
} from './world.js';

/** One sentence for the person who starts the simulator; it names the file and what is wrong with it. */
export class DataFileError extends Error {}

const some = text(1, 65_535);
const key = members<Client>({ keyId: some, keySecret: some });

const details = members<AccountDetails>({
  wabaName: some,
  companyLegalName: optional(some),
  clientBusinessManagerId: some,
  senderDetails: optional(anything) as Rule<AccountDetails['senderDetails']>,
});

const changes = members<AccountChanges>({
  status: oneOf(changeStates),
  details: members<SubmittedDetails>({
    wabaName: optional(some),
    companyLegalName: optional(some),
    clientBusinessManagerId: optional(some),
    senderDetails: optional(anything) as Rule<AccountDetails['senderDetails']>,
  }),
});

const account = members<Account>({
  state: optional(oneOf(accountStates)),
  isEmbeddedSignup: bool,
  businessManager: oneOf(businessManagers),
  wabaId: some,
  changes: optional(changes),
  details: optional(details),
  wabaMaxPriceOnboarded: bool,
  wabaEnabledForInsights: optional(bool),
  wabaEnabledForDirectSend: optional(bool),
  compatibleRegions: listOf(oneOf(conversationRegions)),
  currency: optional(some),
});

const activity = members<Activity>({
  sequence: integer(1, Number.MAX_SAFE_INTEGER),
  type: oneOf(activityTypes),
  created: some,
  comment: optional(some),
  author: some,
});

const project = members<Project>({
  environment: oneOf(environments),
  projectId: some,
  name: optional(some),
  clients: listOf(key),
  account: optional(account),
  activities: listOf(activity),
  nextSequence: integer(1, Number.MAX_SAFE_INTEGER),
  condition: members<Condition>({
    corrupt: bool,
    senderIds: listOf(some),
    pendingSenderChanges: bool,
    templateDraftsStuck: bool,
  }),
  review: optional(oneOf(accountStates)),
});

const world = members<WorldState>({
  projects: listOf(project),
  adminClients: listOf(
    members<AdminClient>({ environment: oneOf(environments), keyId: some, keySecret: some }),
  ),
});

/** The empty world when there is no file yet. Throws `DataFileError`. */
export function readWorld(path: string): WorldState {
  const content = contentOf(path);
  if (content === undefined) return emptyWorld;

  const checked = world(parsed(path, content), '');
  if (!checked.ok)
    throw new DataFileError(`The data file ${path} is damaged: ${checked.sentences.join('; ')}`);
  return checked.value;
}

/** A reader sees the old content or the new one, never a part; the file holds secrets, so only its owner may read it. */
export function writeWorld(path: string, state: WorldState): void {
  const temporary = `${path}.${process.pid}.tmp`;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(temporary, `${JSON.stringify(state, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(temporary, path);
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if (isObject(cause) && cause['code'] === 'ENOENT') return undefined;
    throw new DataFileError(`The data file ${path} cannot be read`, { cause });
  }
}

function parsed(path: string, content: string): unknown {
  try {
    return JSON.parse(content);
  } catch (cause) {
    throw new DataFileError(`The data file ${path} is not JSON`, { cause });
  }
}
