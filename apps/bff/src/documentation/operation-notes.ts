import { type ProblemCode } from '@bff/problems';
import { type OperationName } from '@bff/tenancy';
import {
  OnBehalfOfAccountBody,
  PartnerInitiatedAccountBody,
  UpdateAccountBody,
} from '../accounts/account-inputs.js';
import {
  CredentialsInput,
  MemberInput,
  NewTenantInput,
  NewUserInput,
  TenantChangesInput,
  UserChangesInput,
} from '../administration/record-inputs.js';
import { CreateCommentBody } from '../comments/create-comment.body.js';
import { ChangePasswordBody } from '../sessions/change-password.body.js';
import { ElevationBody } from '../sessions/elevation.body.js';
import { LogoutForm } from '../sessions/logout-form.js';
import { SignInBody } from '../sessions/sign-in.body.js';
import { type ANSWER_SCHEMAS } from './answer-schemas.js';

type InputClass = new () => object;

/** An error of the upstream that passes unchanged (provisioning-api.md section 4.3). */
export type UpstreamError = readonly [status: number, errorCode: string, message: string];

/** What the document says of an operation beyond its row in the access table. */
export interface OperationNote {
  readonly summary: string;
  /** The shapes that a body may have, each with an example. */
  readonly bodies?: readonly (readonly [shape: InputClass, example: object])[];
  /** Where it is not JSON. */
  readonly bodyType?: string;
  readonly bodyIsOptional?: true;
  /** The schema of a success; absent where there is no body, or no JSON. */
  readonly answer?: keyof typeof ANSWER_SCHEMAS;
  readonly mediaType?: string;
  /** Successes of another status. */
  readonly others?: Readonly<Record<number, Pick<OperationNote, 'summary' | 'answer'>>>;
  /** Errors of its own; those that follow from its row are added to them. */
  readonly problems?: readonly ProblemCode[];
  /** Whether the call goes on to the upstream, and which errors it may get there. */
  readonly upstream?: readonly UpstreamError[];
}

const UNAVAILABLE: UpstreamError = [500, 'internal_error', 'Internal server error.'];
const NO_ACCOUNT: UpstreamError = [404, 'account_not_found', 'Account not found.'];
const CORRUPT: UpstreamError = [409, 'account_data_is_corrupt', 'Account data is corrupt.'];
const INVALID_INPUT: UpstreamError = [400, 'invalid_input', 'Invalid input.'];
const INVALID_PAYLOAD: UpstreamError = [400, 'invalid_payload', 'Invalid payload.'];

/** What keeps an identity provider from answering. */
const PROVIDER = ['bff_upstream_unavailable', 'bff_upstream_invalid_response'] as const;

/** What keeps a token endpoint from answering. */
const TOKEN_ENDPOINT = [
  'bff_upstream_unreachable',
  'bff_upstream_invalid_response',
  'bff_upstream_unavailable',
  'bff_upstream_timeout',
  'bff_overloaded',
] as const;

const UNKNOWN_USER = 'bff_not_found';
const NEW_PASSWORD = 'a long enough password';

const senderDetails = {
  displayName: 'Northwind',
  businessCategory: 'SHOPPING_AND_RETAIL',
  region: 'EU',
  metaLocalStorage: 'DE',
};

export const OPERATION_NOTES: Readonly<Record<OperationName, OperationNote>> = {
  home: { summary: 'Where to go from here; in profile development alone', mediaType: 'text/plain' },
  'documentation.document': { summary: 'This document', mediaType: 'application/json' },
  'documentation.page': { summary: 'This document, to be read', mediaType: 'text/html' },
  'session.create': {
    summary: 'Sign in',
    bodies: [[SignInBody, { email: 'editor@acme.example', password: 'editor-demo-password' }]],
    answer: 'Session',
    problems: ['bff_invalid_credentials', 'bff_too_many_attempts'],
  },
  'session.read': { summary: 'The session; asking does not keep it alive', answer: 'Session' },
  'session.end': {
    summary: 'Sign out; also without a session',
    others: {
      200: { summary: 'Signed out here; the session at the provider ends there', answer: 'SignedOut' },
    },
  },
  'session.login': {
    summary: 'Sign in at the OpenID provider of the frontend',
    problems: ['bff_route_not_found', ...PROVIDER],
  },
  'session.callback': {
    summary: 'Where the provider sends the browser back to',
    problems: [
      'bff_route_not_found',
      'bff_invalid_credentials',
      'bff_session_required',
      'bff_role_required',
      'bff_elevation_refused',
      'bff_directory_unavailable',
      'bff_audit_unavailable',
      ...PROVIDER,
    ],
  },
  'session.backchannel-logout': {
    summary: 'The provider ends sessions (OpenID Connect Back-Channel Logout 1.0)',
    bodies: [[LogoutForm, { logout_token: 'eyJhbGciOi…' }]],
    bodyType: 'application/x-www-form-urlencoded',
    problems: ['bff_route_not_found', ...PROVIDER],
  },
  'session.elevate': {
    summary: 'Rise to elevated powers, for one tenant or for administration',
    bodies: [
      [
        ElevationBody,
        { code: '123456', reason: 'Ticket 4711: the account is stuck in review', tenantId: 'summit' },
      ],
    ],
    answer: 'Session',
    others: { 202: { summary: 'Prove it at the provider, there', answer: 'Authorization' } },
    problems: [
      'bff_elevation_refused',
      'bff_tenant_not_found',
      'bff_too_many_attempts',
      'bff_audit_unavailable',
      ...PROVIDER,
    ],
  },
  'session.descend': { summary: 'Give elevated powers back', answer: 'Session' },
  'session.change-password': {
    summary: "Change one's own password; ends all other sessions",
    bodies: [[ChangePasswordBody, { current: 'editor-demo-password', new: 'a new and longer password' }]],
    problems: [
      'bff_invalid_credentials',
      'bff_role_required',
      'bff_too_many_attempts',
      'bff_directory_unavailable',
      'bff_audit_unavailable',
    ],
  },
  'sessions.list': { summary: "The caller's own sessions", answer: 'OwnSessions' },
  'sessions.end': { summary: "End one of the caller's own sessions", problems: ['bff_not_found'] },
  'sessions.end-others': { summary: "End all of the caller's sessions but this one" },
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
  'admin.tenants.list': { summary: 'All tenants', answer: 'TenantRecordPage' },
  'admin.tenants.read': {
    summary: 'A tenant',
    answer: 'TenantRecord',
    problems: ['bff_tenant_not_found'],
  },
  'admin.tenants.create': {
    summary: 'Add a tenant',
    bodies: [
      [
        NewTenantInput,
        {
          id: 'northwind',
          name: 'Northwind Traders Ltd',
          projectId: '6e1f2a34-0000-4000-8000-00000000000f',
          environment: 'production',
          plane: 'public',
        },
      ],
    ],
    answer: 'TenantRecord',
    problems: ['bff_conflict'],
  },
  'admin.tenants.update': {
    summary: 'Change a tenant',
    bodies: [[TenantChangesInput, { name: 'Northwind Traders Limited' }]],
    answer: 'TenantRecord',
    problems: ['bff_tenant_not_found', 'bff_conflict'],
  },
  'admin.tenants.delete': {
    summary: 'Remove a tenant with its credentials and memberships',
    problems: ['bff_tenant_not_found'],
  },
  'admin.credentials.read': {
    summary: 'What is known of the credentials of a tenant; never the secret',
    answer: 'CredentialRecord',
    problems: ['bff_tenant_not_found', 'bff_not_found'],
  },
  'admin.credentials.set': {
    summary: 'Set or replace the credentials of a tenant, after the token endpoint accepted them',
    bodies: [[CredentialsInput, { scheme: 'oauth2', keyId: 'northwind-key', keySecret: 'the key secret' }]],
    answer: 'CheckedCredentialRecord',
    problems: ['bff_tenant_not_found', 'bff_conflict', 'bff_credentials_refused', ...TOKEN_ENDPOINT],
  },
  'admin.credentials.erase': {
    summary: 'Erase the credentials of a tenant',
    problems: ['bff_tenant_not_found', 'bff_not_found'],
  },
  'admin.credentials.check': {
    summary: 'Try the stored credentials, or those of the body, at the token endpoint',
    bodies: [[CredentialsInput, { scheme: 'oauth2', keyId: 'northwind-key', keySecret: 'the key secret' }]],
    bodyIsOptional: true,
    answer: 'CredentialCheck',
    problems: ['bff_tenant_not_found', 'bff_not_found', 'bff_overloaded'],
  },
  'admin.members.list': {
    summary: 'The members of a tenant',
    answer: 'MemberPage',
    problems: ['bff_tenant_not_found'],
  },
  'admin.members.put': {
    summary: 'Make a user a member, or change their role',
    bodies: [[MemberInput, { role: 'viewer' }]],
    answer: 'Member',
    problems: ['bff_tenant_not_found', UNKNOWN_USER],
  },
  'admin.members.remove': {
    summary: 'End a membership',
    problems: ['bff_tenant_not_found', UNKNOWN_USER],
  },
  'admin.users.list': { summary: 'All users', answer: 'UserRecordPage' },
  'admin.users.read': { summary: 'A user', answer: 'UserRecord', problems: [UNKNOWN_USER] },
  'admin.users.create': {
    summary: 'Add a user',
    bodies: [
      [
        NewUserInput,
        {
          email: 'new@northwind.example',
          name: 'New Person',
          password: NEW_PASSWORD,
          role: 'user',
          memberships: [{ tenant: 'acme', role: 'viewer' }],
        },
      ],
    ],
    answer: 'UserRecord',
    problems: ['bff_conflict'],
  },
  'admin.users.update': {
    summary: 'Change a user; disabling ends their sessions',
    bodies: [[UserChangesInput, { name: 'Renamed Person', disabled: false }]],
    answer: 'UserRecord',
    problems: [UNKNOWN_USER, 'bff_conflict'],
  },
  'admin.users.delete': { summary: 'Remove a user', problems: [UNKNOWN_USER, 'bff_conflict'] },
  'admin.sessions.list': {
    summary: 'The living sessions, of one user or of the members of one tenant where they are named',
    answer: 'OwnedSessionPage',
    problems: [UNKNOWN_USER, 'bff_tenant_not_found'],
  },
  'admin.sessions.end': {
    summary: 'End the sessions of one user, or of the members of one tenant',
    answer: 'Count',
    problems: [UNKNOWN_USER, 'bff_tenant_not_found'],
  },
  'admin.audit.list': {
    summary: 'What was done, the newest first',
    answer: 'AuditPage',
    problems: ['bff_directory_unavailable'],
  },
};
