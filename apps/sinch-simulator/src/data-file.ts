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
  anyValue,
  bool,
  integer,
  isObject,
  arrayOf,
  objectOf,
  oneOf,
  optional,
  stringOf,
  type Rule,
} from './validation.js';
import {
  emptyState,
  type AdminClient,
  type Client,
  type Condition,
  type Project,
  type StoredState,
} from './store.js';

/** An unusable data file; the message names the file and the problem. */
export class DataFileError extends Error {}

const nonEmpty = stringOf(1, 65_535);
const client = objectOf<Client>({ keyId: nonEmpty, keySecret: nonEmpty });

const details = objectOf<AccountDetails>({
  wabaName: nonEmpty,
  companyLegalName: optional(nonEmpty),
  clientBusinessManagerId: nonEmpty,
  senderDetails: optional(anyValue) as Rule<AccountDetails['senderDetails']>,
});

const changes = objectOf<AccountChanges>({
  status: oneOf(changeStates),
  details: objectOf<SubmittedDetails>({
    wabaName: optional(nonEmpty),
    companyLegalName: optional(nonEmpty),
    clientBusinessManagerId: optional(nonEmpty),
    senderDetails: optional(anyValue) as Rule<AccountDetails['senderDetails']>,
  }),
});

const account = objectOf<Account>({
  state: optional(oneOf(accountStates)),
  isEmbeddedSignup: bool,
  businessManager: oneOf(businessManagers),
  wabaId: nonEmpty,
  changes: optional(changes),
  details: optional(details),
  wabaMaxPriceOnboarded: bool,
  wabaEnabledForInsights: optional(bool),
  wabaEnabledForDirectSend: optional(bool),
  compatibleRegions: arrayOf(oneOf(conversationRegions)),
  currency: optional(nonEmpty),
});

const activity = objectOf<Activity>({
  sequence: integer(1, Number.MAX_SAFE_INTEGER),
  type: oneOf(activityTypes),
  created: nonEmpty,
  comment: optional(nonEmpty),
  author: nonEmpty,
});

const project = objectOf<Project>({
  environment: oneOf(environments),
  projectId: nonEmpty,
  name: optional(nonEmpty),
  clients: arrayOf(client),
  account: optional(account),
  activities: arrayOf(activity),
  nextSequence: integer(1, Number.MAX_SAFE_INTEGER),
  condition: objectOf<Condition>({
    corrupt: bool,
    senderIds: arrayOf(nonEmpty),
    pendingSenderChanges: bool,
    templateDraftsStuck: bool,
  }),
  review: optional(oneOf(accountStates)),
});

const storedState = objectOf<StoredState>({
  projects: arrayOf(project),
  adminClients: arrayOf(
    objectOf<AdminClient>({ environment: oneOf(environments), keyId: nonEmpty, keySecret: nonEmpty }),
  ),
});

/**
 * Reads the data file.
 * @returns the empty state if the file does not exist
 * @throws DataFileError
 */
export function readState(path: string): StoredState {
  const content = contentOf(path);
  if (content === undefined) return emptyState;

  const checked = storedState(parsed(path, content), '');
  if (!checked.ok)
    throw new DataFileError(`The data file ${path} is damaged: ${checked.messages.join('; ')}`);
  return checked.value;
}

/** Replaces the data file atomically. Only its owner may read it, because it contains secrets. */
export function writeState(path: string, state: StoredState): void {
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
