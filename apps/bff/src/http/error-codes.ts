import { CATALOGUE } from '@bff/problems';
import { OpenEnum } from './response-fields.js';

/** The documented errors of the upstream, which are relayed unchanged (docs/upstream.md section 4.3). */
export const UPSTREAM_ERRORS = {
  invalid_input: [400, 'Invalid input.'],
  invalid_payload: [400, 'Invalid payload.'],
  invalid_business_manager_for_environment: [400, 'Invalid business manager for environment.'],
  no_fields_to_update: [400, 'No fields to be updated.'],
  project_not_initialized: [400, 'Project not initialized for WhatsApp.'],
  invalid_page_token: [400, 'Invalid page token.'],
  invalid_page_size: [400, 'Page size must be numeric.'],
  account_not_found: [404, 'Account not found.'],
  project_not_found: [404, 'Project not found.'],
  account_exists: [409, 'Account already exists.'],
  account_data_is_corrupt: [409, 'Account data is corrupt.'],
  account_not_updatable: [409, 'Account is not updatable.'],
  account_has_senders: [409, 'Account has senders.'],
  account_has_sender_changes: [409, 'Account has pending sender changes.'],
  template_could_not_delete_drafts: [500, "Couldn't delete template drafts."],
  internal_error: [500, 'Internal server error.'],
} as const satisfies Record<string, readonly [status: number, message: string]>;

export type UpstreamErrorCode = keyof typeof UPSTREAM_ERRORS;

/** An error code of the service or of the upstream. */
export const ErrorCode = (): PropertyDecorator =>
  OpenEnum('ErrorCode', [...Object.keys(CATALOGUE), ...Object.keys(UPSTREAM_ERRORS)]);
