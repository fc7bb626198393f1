import { parseFault } from '../faults/fault.js';
import type { Outcome } from '../account.js';
import { accountStates } from '../account-enums.js';
import { environments, type Environment } from '../servers.js';
import { bool, arrayOf, objectOf, oneOf, optional, stringOf, type Rule } from '../validation.js';
import type { AdminClient, Client, Condition } from '../store.js';
import { ControlError } from './control-error.js';

export const seeds = ['NONE', 'IN_PROGRESS', ...accountStates] as const;
export type Seed = (typeof seeds)[number];

export interface ProjectInput {
  readonly environment: Environment;
  readonly projectId: string;
  readonly clients: readonly Client[];
  readonly account?: Seed | undefined;
  readonly name?: string | undefined;
  readonly review?: Outcome | undefined;
}

export interface SettleInput {
  readonly outcome: Outcome;
  readonly comment?: string | undefined;
}

export type ConditionInput = { readonly [Name in keyof Condition]?: Condition[Name] | undefined };

const name = stringOf(1, 255);

// A colon would end the key id in an HTTP Basic header.
const keyId: Rule<string> = (value, path) =>
  typeof value === 'string' && value.includes(':')
    ? { ok: false, messages: [`${path} must not contain a colon`] }
    : name(value, path);

export const projectInput = objectOf<ProjectInput>({
  environment: oneOf(environments),
  projectId: name,
  clients: arrayOf(objectOf<Client>({ keyId, keySecret: name })),
  account: optional(oneOf(seeds)),
  name: optional(name),
  review: optional(oneOf(accountStates)),
});

export const adminClientInput = objectOf<AdminClient>({
  environment: oneOf(environments),
  keyId,
  keySecret: name,
});

export const settleInput = objectOf<SettleInput>({
  outcome: oneOf(accountStates),
  comment: optional(stringOf(1, 65_535)),
});

export const conditionInput = objectOf<ConditionInput>({
  corrupt: optional(bool),
  senderIds: optional(arrayOf(name)),
  pendingSenderChanges: optional(bool),
  templateDraftsStuck: optional(bool),
});

export const faultInput = parseFault;

/** @throws ControlError 400 with every problem */
export function inputOf<T>(body: unknown, rule: Rule<T>): T {
  const checked = rule(body, '');
  if (!checked.ok) throw new ControlError(400, checked.messages.join('; '));
  return checked.value;
}
