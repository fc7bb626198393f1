import { type RouteName } from '../../apps/bff/src/http/routes.js';
import {
  asked,
  forwarded,
  inSession,
  mayHaveBody,
  ofTenant,
  passed,
  type Provocations,
  said,
} from './contract-provocations.js';

/** The responses of the operations on tenants, most of which are forwarded. */
export const TENANT_PROVOCATIONS = {
  'tenants.list': { ...inSession, ...asked(200) },
  'tenants.route': { ...ofTenant, ...asked(200) },
  'account.read': {
    ...forwarded,
    ...passed(200),
    ...said('404 account_not_found', '409 account_data_is_corrupt', '500 internal_error'),
  },
  'account.create': {
    ...forwarded,
    ...mayHaveBody,
    ...passed(201),
    ...said('400 invalid_input', '400 invalid_payload', '400 invalid_business_manager_for_environment'),
    ...said('404 project_not_found', '409 account_exists', '409 account_data_is_corrupt'),
    ...said('500 internal_error'),
  },
  'account.update': {
    ...forwarded,
    ...mayHaveBody,
    ...passed(200),
    ...said('400 invalid_input', '400 no_fields_to_update', '404 account_not_found'),
    ...said('409 account_not_updatable', '500 internal_error'),
  },
  'account.delete': {
    ...forwarded,
    ...mayHaveBody,
    ...passed(204),
    ...said('400 project_not_initialized', '409 account_has_senders', '409 account_has_sender_changes'),
    ...said('500 template_could_not_delete_drafts', '500 internal_error'),
  },
  'activities.list': {
    ...forwarded,
    ...passed(200),
    ...said('400 invalid_page_token', '400 invalid_page_size', '404 account_not_found', '500 internal_error'),
  },
  'comments.create': {
    ...forwarded,
    ...mayHaveBody,
    ...passed(201),
    ...said('400 invalid_input', '400 invalid_payload', '404 account_not_found'),
    ...said('409 account_data_is_corrupt', '500 internal_error'),
  },
} satisfies Partial<Record<RouteName, Provocations>>;
