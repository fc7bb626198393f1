import {
  OnBehalfOfAccountBody,
  PartnerInitiatedAccountBody,
  UpdateAccountBody,
} from '../accounts/account-inputs.js';
import { CreateCommentBody } from '../comments/create-comment.body.js';
import { type NotesOf, type UpstreamError } from './operation-note.js';

const UNAVAILABLE: UpstreamError = [500, 'internal_error', 'Internal server error.'];
const NO_ACCOUNT: UpstreamError = [404, 'account_not_found', 'Account not found.'];
const CORRUPT: UpstreamError = [409, 'account_data_is_corrupt', 'Account data is corrupt.'];
const INVALID_INPUT: UpstreamError = [400, 'invalid_input', 'Invalid input.'];
const INVALID_PAYLOAD: UpstreamError = [400, 'invalid_payload', 'Invalid payload.'];

const senderDetails = {
  displayName: 'Northwind',
  businessCategory: 'SHOPPING_AND_RETAIL',
  region: 'EU',
  metaLocalStorage: 'DE',
};

export const PROVISIONING_NOTES: NotesOf<'tenants' | 'account' | 'activities' | 'comments'> = {
  'tenants.list': { summary: 'The tenants that the caller may act for', answer: 'TenantPage' },
  'tenants.route': {
    summary: 'Where a call would go now and as whom, or the error it would get',
    answer: 'Route',
  },
  'account.read': {
    summary: 'Read the account',
    answer: 'Account',
    upstream: [NO_ACCOUNT, CORRUPT, UNAVAILABLE],
  },
  'account.create': {
    summary: 'Create the account',
    bodies: [
      [
        PartnerInitiatedAccountBody,
        { wabaName: 'Northwind Traders Ltd', clientBusinessManagerId: '900100200300', senderDetails },
      ],
      [
        OnBehalfOfAccountBody,
        { companyLegalName: 'Northwind Traders Ltd', clientBusinessManagerId: '900100200300' },
      ],
    ],
    answer: 'Account',
    upstream: [
      INVALID_INPUT,
      INVALID_PAYLOAD,
      [400, 'invalid_business_manager_for_environment', 'Invalid business manager for environment.'],
      [404, 'project_not_found', 'Project not found.'],
      [409, 'account_exists', 'Account already exists.'],
      CORRUPT,
      UNAVAILABLE,
    ],
  },
  'account.update': {
    summary: 'Correct a rejected account',
    bodies: [[UpdateAccountBody, { wabaName: 'Northwind Traders Limited', senderDetails }]],
    answer: 'Account',
    upstream: [
      INVALID_INPUT,
      [400, 'no_fields_to_update', 'No fields to be updated.'],
      NO_ACCOUNT,
      [409, 'account_not_updatable', 'Account is not updatable.'],
      UNAVAILABLE,
    ],
  },
  'account.delete': {
    summary: 'Delete the account',
    upstream: [
      [400, 'project_not_initialized', 'Project not initialized for WhatsApp.'],
      [409, 'account_has_senders', 'Account has senders.'],
      [409, 'account_has_sender_changes', 'Account has pending sender changes.'],
      [500, 'template_could_not_delete_drafts', "Couldn't delete template drafts."],
      UNAVAILABLE,
    ],
  },
  'activities.list': {
    summary: 'What happened to the account, the newest first',
    answer: 'ActivityPage',
    upstream: [
      [400, 'invalid_page_token', 'Invalid page token.'],
      [400, 'invalid_page_size', 'Page size must be numeric.'],
      NO_ACCOUNT,
      UNAVAILABLE,
    ],
  },
  'comments.create': {
    summary: 'Comment on the account',
    bodies: [[CreateCommentBody, { comment: 'Please check the legal name.' }]],
    answer: 'Comment',
    upstream: [INVALID_INPUT, INVALID_PAYLOAD, NO_ACCOUNT, CORRUPT, UNAVAILABLE],
  },
};
