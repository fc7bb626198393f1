import { randomInt } from 'node:crypto';
import type {
  AccountState,
  BusinessCategory,
  BusinessManager,
  ChangeState,
  ConversationRegion,
  MetaLocalStorage,
  Region,
} from './account-enums.js';
import type { CreateInput, SenderDetailsInput, UpdateInput } from './account-input.js';

export interface SenderDetails {
  readonly displayName: string;
  /** `NOT_SET` is an output-only value: an older account has no category until an update sets one. */
  readonly businessCategory: BusinessCategory | 'NOT_SET';
  readonly region: Region;
  readonly metaLocalStorage: MetaLocalStorage;
}

export interface AccountDetails {
  readonly wabaName: string;
  readonly companyLegalName?: string | undefined;
  readonly clientBusinessManagerId: string;
  readonly senderDetails?: SenderDetails | undefined;
}

/** The submitted details; an update contains only the fields that it changes. */
export type SubmittedDetails = { readonly [Name in keyof AccountDetails]?: AccountDetails[Name] | undefined };

export interface AccountChanges {
  readonly status: ChangeState;
  readonly details: SubmittedDetails;
}

/** The account as the upstream returns it (docs/upstream.md section 5.1). */
export interface Account {
  readonly state?: AccountState | undefined;
  readonly isEmbeddedSignup: boolean;
  readonly businessManager: BusinessManager;
  readonly wabaId: string;
  readonly changes?: AccountChanges | undefined;
  readonly details?: AccountDetails | undefined;
  readonly wabaMaxPriceOnboarded: boolean;
  readonly wabaEnabledForInsights?: boolean | undefined;
  readonly wabaEnabledForDirectSend?: boolean | undefined;
  readonly compatibleRegions: readonly ConversationRegion[];
  readonly currency?: string | undefined;
}

export type Outcome = AccountState;

/** The status of a pending change takes precedence over the state of the account (docs/upstream.md section 5.7). */
export function effectiveStatus({ changes, state }: Account): ChangeState | AccountState {
  return changes?.status ?? state ?? 'DRAFT';
}

export function createAccount(input: CreateInput, businessManager: BusinessManager): Account {
  return {
    isEmbeddedSignup: false,
    businessManager,
    wabaId: String(randomInt(100_000_000, 999_999_999)),
    changes: { status: 'IN_PROGRESS', details: createdDetails(input, businessManager) },
    wabaMaxPriceOnboarded: false,
    compatibleRegions: compatibleRegionsOf(businessManager),
  };
}

/**
 * Adds a pending change to an account.
 * @returns undefined unless the account is rejected
 */
export function updateAccount(account: Account, input: UpdateInput): Account | undefined {
  if (effectiveStatus(account) !== 'REJECTED') return undefined;

  const details = lastSubmittedDetails(account);
  const { senderDetails, ...fields } = input;
  return {
    ...account,
    state: 'REJECTED',
    changes: {
      status: 'IN_PROGRESS',
      details: {
        ...fields,
        ...(senderDetails && {
          senderDetails: completeSenderDetails(senderDetails, details, account.businessManager),
        }),
      },
    },
    details,
    wabaEnabledForInsights: account.wabaEnabledForInsights ?? false,
    wabaEnabledForDirectSend: account.wabaEnabledForDirectSend ?? false,
  };
}

/**
 * Applies a review decision to an account.
 * @returns undefined if no pending change permits that decision
 */
export function settleAccount(account: Account, outcome: Outcome): Account | undefined {
  const { changes, ...rest } = account;
  if (changes === undefined || !canSettle(changes.status, outcome)) return undefined;
  if (outcome !== 'ONBOARDED') return { ...account, changes: { ...changes, status: outcome } };
  return {
    ...rest,
    state: 'ONBOARDED',
    details: lastSubmittedDetails(account),
    wabaEnabledForInsights: account.wabaEnabledForInsights ?? false,
    wabaEnabledForDirectSend: account.wabaEnabledForDirectSend ?? false,
    currency: 'EUR',
  };
}

function canSettle(status: ChangeState, outcome: Outcome): boolean {
  switch (status) {
    case 'IN_PROGRESS':
      return true;
    case 'PENDING_FACEBOOK_VERIFICATION':
      return outcome !== 'PENDING_FACEBOOK_VERIFICATION';
    case 'DRAFT':
    case 'REJECTED':
      return false;
  }
}

function lastSubmittedDetails({ details, changes }: Account): AccountDetails {
  const submitted = { ...details, ...changes?.details };
  const { wabaName, clientBusinessManagerId } = submitted;
  if (wabaName === undefined || clientBusinessManagerId === undefined)
    throw new Error('An account without a name or a business manager id cannot have been created');
  return { ...submitted, wabaName, clientBusinessManagerId };
}

/** The older variant has no `wabaName`, but the response requires one; the legal name is used. */
function createdDetails(input: CreateInput, businessManager: BusinessManager): AccountDetails {
  const { wabaName, companyLegalName, clientBusinessManagerId, senderDetails } = input;
  return {
    wabaName: wabaName ?? companyLegalName ?? '',
    ...(companyLegalName !== undefined && { companyLegalName }),
    clientBusinessManagerId,
    ...(senderDetails && { senderDetails: completeSenderDetails(senderDetails, undefined, businessManager) }),
  };
}

function completeSenderDetails(
  input: SenderDetailsInput,
  earlier: AccountDetails | undefined,
  businessManager: BusinessManager,
): SenderDetails {
  const previous = earlier?.senderDetails;
  const region = input.region ?? previous?.region ?? regionOf(businessManager);
  const sameRegion = region === previous?.region;
  return {
    displayName: input.displayName ?? previous?.displayName ?? earlier?.wabaName ?? '',
    businessCategory: input.businessCategory ?? previous?.businessCategory ?? 'NOT_SET',
    region,
    metaLocalStorage:
      input.metaLocalStorage ?? (sameRegion ? previous.metaLocalStorage : undefined) ?? storageOf(region),
  };
}

/** The upstream derives the region from the billing country, which the simulator does not know. */
function regionOf(businessManager: BusinessManager): Region {
  switch (businessManager) {
    case 'SINCH_BR':
      return 'BR';
    case 'SINCH_UK':
      return 'EU';
    case 'SINCH_AMERICA':
    case 'SINCH_MX':
    case 'SINCH_SEP':
      return 'US';
  }
}

function storageOf(region: Region): MetaLocalStorage {
  return region === 'EU' ? 'DE' : region;
}

/** docs/upstream.md section 12, row 15. */
function compatibleRegionsOf(businessManager: BusinessManager): readonly ConversationRegion[] {
  switch (businessManager) {
    case 'SINCH_UK':
      return ['eu', 'us'];
    case 'SINCH_BR':
      return ['br'];
    case 'SINCH_AMERICA':
    case 'SINCH_MX':
    case 'SINCH_SEP':
      return ['us'];
  }
}
