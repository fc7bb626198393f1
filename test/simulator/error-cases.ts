import { onBehalfOf, partnerInitiated, type Json } from './harness.js';

export type Row = [code: string, status: number, method: string, path: string, given: Given];

export interface Given {
  readonly account?: string;
  readonly condition?: Json;
  readonly json?: unknown;
  readonly text?: string;
  readonly contentType?: string;
  readonly environment?: string;
  readonly admin?: true;
  readonly unknownProject?: true;
  readonly anonymous?: true;
}

export const messages: Record<string, string> = {
  invalid_input: 'Invalid input.',
  invalid_payload: 'Invalid payload.',
  invalid_business_manager_for_environment: 'Invalid business manager for environment.',
  no_fields_to_update: 'No fields to be updated.',
  project_not_initialized: 'Project not initialized for WhatsApp.',
  invalid_page_token: 'Invalid page token.',
  invalid_page_size: 'Page size must be numeric.',
  unauthorized_error: 'Unauthorized error.',
  account_not_found: 'Account not found.',
  project_not_found: 'Project not found.',
  account_exists: 'Account already exists.',
  account_data_is_corrupt: 'Account data is corrupt.',
  account_not_updatable: 'Account is not updatable.',
  account_has_senders: 'Account has senders.',
  account_has_sender_changes: 'Account has pending sender changes.',
  template_could_not_delete_drafts: "Couldn't delete template drafts.",
};

const unknown = { admin: true, unknownProject: true } as const;
export const corrupt = { account: 'ONBOARDED', condition: { corrupt: true } };
const comment = { comment: 'Please check the legal name.' };
const broken = { text: '{"wabaName":' };
const fromStaging = { environment: 'staging', json: { ...partnerInitiated, businessManager: 'SINCH_BR' } };

export const rows: Row[] = [
  ['unauthorized_error', 401, 'GET', '', { anonymous: true }],
  ['account_not_found', 404, 'GET', '', {}],
  ['account_not_found', 404, 'GET', '', unknown],
  ['account_data_is_corrupt', 409, 'GET', '', corrupt],

  ['unauthorized_error', 401, 'POST', '', { anonymous: true, json: partnerInitiated }],
  ['project_not_found', 404, 'POST', '', { ...unknown, json: partnerInitiated }],
  ['project_not_found', 404, 'POST', '', { ...unknown, ...broken }],
  ['invalid_payload', 400, 'POST', '', broken],
  ['invalid_payload', 400, 'POST', '', { text: '' }],
  ['invalid_payload', 400, 'POST', '', { text: '[]' }],
  ['invalid_payload', 400, 'POST', '', { json: partnerInitiated, contentType: 'text/plain' }],
  ['invalid_input', 400, 'POST', '', { json: {} }],
  ['invalid_input', 400, 'POST', '', { json: {}, account: 'ONBOARDED' }],
  ['invalid_business_manager_for_environment', 400, 'POST', '', fromStaging],
  ['account_exists', 409, 'POST', '', { json: partnerInitiated, account: 'REJECTED' }],
  ['account_data_is_corrupt', 409, 'POST', '', { json: partnerInitiated, ...corrupt }],

  ['unauthorized_error', 401, 'PATCH', '', { anonymous: true, json: onBehalfOf }],
  ['invalid_payload', 400, 'PATCH', '', broken],
  ['no_fields_to_update', 400, 'PATCH', '', { json: {} }],
  ['no_fields_to_update', 400, 'PATCH', '', { json: { businessManager: 'SINCH_UK' } }],
  ['no_fields_to_update', 400, 'PATCH', '', { json: { senderDetails: {} } }],
  ['invalid_input', 400, 'PATCH', '', { json: { wabaName: 7 } }],
  ['account_not_found', 404, 'PATCH', '', { json: onBehalfOf }],
  ['account_not_found', 404, 'PATCH', '', { ...unknown, json: onBehalfOf }],
  ['account_not_updatable', 409, 'PATCH', '', { json: onBehalfOf, account: 'IN_PROGRESS' }],
  ['account_not_updatable', 409, 'PATCH', '', { json: onBehalfOf, account: 'PENDING_FACEBOOK_VERIFICATION' }],
  ['account_not_updatable', 409, 'PATCH', '', { json: onBehalfOf, account: 'ONBOARDED' }],

  ['unauthorized_error', 401, 'DELETE', '', { anonymous: true }],
  ['project_not_initialized', 400, 'DELETE', '', {}],
  ['project_not_initialized', 400, 'DELETE', '', unknown],
  ['account_has_senders', 409, 'DELETE', '', { account: 'ONBOARDED', condition: { senderIds: ['a', 'b'] } }],
  [
    'account_has_sender_changes',
    409,
    'DELETE',
    '',
    { account: 'ONBOARDED', condition: { pendingSenderChanges: true } },
  ],
  [
    'template_could_not_delete_drafts',
    500,
    'DELETE',
    '',
    { account: 'ONBOARDED', condition: { templateDraftsStuck: true } },
  ],

  ['unauthorized_error', 401, 'GET', '/activities', { anonymous: true }],
  ['account_not_found', 404, 'GET', '/activities', {}],
  ['account_not_found', 404, 'GET', '/activities', unknown],
  ['invalid_page_size', 400, 'GET', '/activities?pageSize=many', {}],
  ['invalid_page_size', 400, 'GET', '/activities?pageSize=0', { account: 'ONBOARDED' }],
  ['invalid_page_size', 400, 'GET', '/activities?pageSize=101', { account: 'ONBOARDED' }],
  ['invalid_page_size', 400, 'GET', '/activities?pageSize=1.5', { account: 'ONBOARDED' }],
  ['invalid_page_size', 400, 'GET', '/activities?pageSize=', { account: 'ONBOARDED' }],
  ['invalid_page_token', 400, 'GET', '/activities?pageToken=abc', { account: 'ONBOARDED' }],
  ['invalid_page_token', 400, 'GET', '/activities?pageToken=1.abc', { account: 'ONBOARDED' }],
  ['invalid_page_token', 400, 'GET', '/activities?pageToken=abc', unknown],

  ['unauthorized_error', 401, 'POST', '/comments', { anonymous: true, json: comment }],
  ['invalid_payload', 400, 'POST', '/comments', broken],
  ['invalid_input', 400, 'POST', '/comments', { json: { comment: '' } }],
  ['account_not_found', 404, 'POST', '/comments', { json: comment }],
  ['account_not_found', 404, 'POST', '/comments', { ...unknown, json: comment }],
  ['account_data_is_corrupt', 409, 'POST', '/comments', { json: comment, ...corrupt }],
];

export const sentences: [name: string, method: string, path: string, json: Json, expected: string[]][] = [
  [
    'an empty body',
    'POST',
    '',
    {},
    ['companyLegalName must be a string', 'clientBusinessManagerId must be a string'],
  ],
  [
    'only a WABA name',
    'POST',
    '',
    { wabaName: '' },
    [
      'wabaName must be longer than or equal to 1 characters',
      'clientBusinessManagerId must be a string',
      'senderDetails must be an object',
    ],
  ],
  [
    'wrong sender details',
    'POST',
    '',
    {
      ...partnerInitiated,
      senderDetails: { displayName: 'x'.repeat(256), businessCategory: 'OTHER', region: 'MARS' },
    },
    [
      'senderDetails.displayName must be shorter than or equal to 255 characters',
      'senderDetails.region must be one of the following values: BR, EU, US',
    ],
  ],
  [
    'an unknown business manager',
    'POST',
    '',
    { ...onBehalfOf, businessManager: 'UNRECOGNIZED' },
    [
      'businessManager must be one of the following values: SINCH_AMERICA, SINCH_BR, SINCH_MX, SINCH_SEP, SINCH_UK',
    ],
  ],
  ['a number for a name', 'PATCH', '', { wabaName: 7 }, ['wabaName must be a string']],
  ['a list for sender details', 'PATCH', '', { senderDetails: [] }, ['senderDetails must be an object']],
  ['a missing comment', 'POST', '/comments', {}, ['comment must be a string']],
  [
    'an empty comment',
    'POST',
    '/comments',
    { comment: '' },
    ['comment must be longer than or equal to 1 characters'],
  ],
  [
    'too long a comment',
    'POST',
    '/comments',
    { comment: 'x'.repeat(65_536) },
    ['comment must be shorter than or equal to 65535 characters'],
  ],
];
