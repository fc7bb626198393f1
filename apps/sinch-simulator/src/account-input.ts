import {
  businessCategories,
  businessManagers,
  metaLocalStorages,
  regions,
  type BusinessCategory,
  type BusinessManager,
  type MetaLocalStorage,
  type Region,
} from './account-enums.js';
import { ApiError } from './api-error.js';
import { isObject, objectOf, oneOf, optional, stringOf, type Rule } from './validation.js';

export interface SenderDetailsInput {
  readonly displayName?: string | undefined;
  readonly businessCategory?: BusinessCategory | undefined;
  readonly region?: Region | undefined;
  readonly metaLocalStorage?: MetaLocalStorage | undefined;
}

/**
 * The partner-initiated variant has `senderDetails`, the older variant has `companyLegalName` (docs/upstream.md
 * section 5.2).
 */
export interface CreateInput {
  readonly wabaName?: string | undefined;
  readonly companyLegalName?: string | undefined;
  readonly clientBusinessManagerId: string;
  readonly businessManager?: BusinessManager | undefined;
  readonly senderDetails?: SenderDetailsInput | undefined;
}

export interface UpdateInput {
  readonly wabaName?: string | undefined;
  readonly companyLegalName?: string | undefined;
  readonly clientBusinessManagerId?: string | undefined;
  readonly senderDetails?: SenderDetailsInput | undefined;
}

const name = stringOf(1, 255);

const partnerInitiated: Rule<CreateInput> = objectOf({
  wabaName: name,
  companyLegalName: () => ({ ok: true, value: undefined }),
  clientBusinessManagerId: name,
  businessManager: optional(oneOf(businessManagers)),
  senderDetails: objectOf<SenderDetailsInput>({
    displayName: name,
    businessCategory: oneOf(businessCategories),
    region: optional(oneOf(regions)),
    metaLocalStorage: optional(oneOf(metaLocalStorages)),
  }),
});

const onBehalfOf: Rule<CreateInput> = objectOf({
  wabaName: () => ({ ok: true, value: undefined }),
  companyLegalName: name,
  clientBusinessManagerId: name,
  businessManager: optional(oneOf(businessManagers)),
  senderDetails: () => ({ ok: true, value: undefined }),
});

const update: Rule<UpdateInput> = objectOf({
  companyLegalName: optional(name),
  wabaName: optional(name),
  clientBusinessManagerId: optional(name),
  senderDetails: optional(
    objectOf<SenderDetailsInput>({
      displayName: optional(name),
      businessCategory: optional(oneOf(businessCategories)),
      region: optional(oneOf(regions)),
      metaLocalStorage: optional(oneOf(metaLocalStorages)),
    }),
  ),
});

const comment = objectOf<{ comment: string }>({ comment: stringOf(1, 65_535) });

/** A body with `wabaName` or `senderDetails` is partner-initiated (docs/upstream.md section 12, row 12). */
export function parseCreate(body: Record<string, unknown>): CreateInput {
  const isPartnerInitiated = body['wabaName'] !== undefined || body['senderDetails'] !== undefined;
  return inputOf(body, isPartnerInitiated ? partnerInitiated : onBehalfOf);
}

/** An empty `senderDetails` counts as absent, because it would change nothing. */
export function parseUpdate(body: Record<string, unknown>): UpdateInput {
  const { senderDetails, ...fields } = inputOf(body, update);
  if (senderDetails && Object.keys(senderDetails).length > 0) return { ...fields, senderDetails };
  if (Object.keys(fields).length === 0) throw new ApiError('no_fields_to_update');
  return fields;
}

export function parseComment(body: Record<string, unknown>): string {
  return inputOf(body, comment).comment;
}

/** @throws ApiError `invalid_payload` unless the body is one JSON object that was sent as JSON */
export function parseJsonObject(body: Buffer, contentType: string | undefined): Record<string, unknown> {
  if (!isJsonType(contentType)) throw new ApiError('invalid_payload');
  const value = parsed(body);
  if (!isObject(value)) throw new ApiError('invalid_payload');
  return value;
}

export function isJsonType(contentType: string | undefined): boolean {
  return contentType?.split(';')[0]?.trim().toLowerCase() === 'application/json';
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

function inputOf<T>(body: Record<string, unknown>, rule: Rule<T>): T {
  const checked = rule(body, '');
  if (!checked.ok) throw new ApiError('invalid_input', { validationErrors: checked.messages });
  return checked.value;
}
