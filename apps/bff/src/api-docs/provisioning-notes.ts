import {
  OnBehalfOfAccountBody,
  PartnerInitiatedAccountBody,
  UpdateAccountBody,
} from '../accounts/account-inputs.js';
import { AccountResponse } from '../accounts/account.response.js';
import { ActivityPageResponse } from '../activities/activity.response.js';
import { CommentResponse } from '../comments/comment.response.js';
import { CreateCommentBody } from '../comments/create-comment.body.js';
import { RouteErrorResponse, RouteResponse } from '../tenants/route.response.js';
import { TenantPageResponse } from '../tenants/tenant.response.js';
import { type NotesOf } from './operation-note.js';

const senderDetails = {
  displayName: 'Northwind',
  businessCategory: 'SHOPPING_AND_RETAIL',
  region: 'EU',
  metaLocalStorage: 'DE',
};

export const PROVISIONING_NOTES: NotesOf<'tenants' | 'account' | 'activities' | 'comments'> = {
  'tenants.list': {
    summary: 'List the tenants that the caller may act for',
    description:
      'The memberships of the caller on this frontend; for an admin on a frontend of class `admin`, every tenant.',
    response: [TenantPageResponse],
  },
  'tenants.route': {
    summary: 'Explain how a call of the caller would be routed',
    description:
      'Returns the environment, the plane and the credentials that a read would use now, or the error that it would ' +
      'get. Makes no upstream call.',
    response: [RouteResponse, RouteErrorResponse],
  },
  'account.read': {
    summary: 'Read the account',
    response: [AccountResponse],
    upstream: ['account_not_found', 'account_data_is_corrupt', 'internal_error'],
  },
  'account.create': {
    summary: 'Create the account',
    description:
      'A tenant has at most one account. The request is reviewed asynchronously: follow `changes.status` of the account.',
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
    response: [AccountResponse],
    upstream: [
      'invalid_input',
      'invalid_payload',
      'invalid_business_manager_for_environment',
      'project_not_found',
      'account_exists',
      'account_data_is_corrupt',
      'internal_error',
    ],
  },
  'account.update': {
    summary: 'Correct a rejected account',
    description: 'Only a rejected account can be changed. At least one field is required.',
    bodies: [[UpdateAccountBody, { wabaName: 'Northwind Traders Limited', senderDetails }]],
    response: [AccountResponse],
    upstream: [
      'invalid_input',
      'no_fields_to_update',
      'account_not_found',
      'account_not_updatable',
      'internal_error',
    ],
  },
  'account.delete': {
    summary: 'Delete the account',
    description: 'An account that has senders or pending changes of senders cannot be deleted.',
    upstream: [
      'project_not_initialized',
      'account_has_senders',
      'account_has_sender_changes',
      'template_could_not_delete_drafts',
      'internal_error',
    ],
  },
  'activities.list': {
    summary: 'List the activities of the account, newest first',
    response: [ActivityPageResponse],
    upstream: ['invalid_page_token', 'invalid_page_size', 'account_not_found', 'internal_error'],
  },
  'comments.create': {
    summary: 'Add a comment to the account',
    bodies: [[CreateCommentBody, { comment: 'Please check the legal name.' }]],
    response: [CommentResponse],
    upstream: [
      'invalid_input',
      'invalid_payload',
      'account_not_found',
      'account_data_is_corrupt',
      'internal_error',
    ],
  },
};
