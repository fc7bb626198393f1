import {
  CredentialsInput,
  MemberInput,
  NewTenantInput,
  NewUserInput,
  TenantChangesInput,
  UserChangesInput,
} from '@bff/directory';
import { AuditPageResponse } from '../admin/audit.response.js';
import {
  CheckedCredentialRecordResponse,
  CredentialRecordResponse,
  CredentialsAcceptedResponse,
  CredentialsFailedResponse,
  MemberPageResponse,
  MemberResponse,
  TenantRecordPageResponse,
  TenantRecordResponse,
  UpdatedTenantRecordResponse,
} from '../admin/tenant.response.js';
import {
  EndedSessionsResponse,
  OwnedSessionPageResponse,
  UserRecordPageResponse,
  UserRecordResponse,
} from '../admin/user.response.js';
import { type NotesOf } from './operation-note.js';

/** Errors of a token endpoint. */
const TOKEN_ENDPOINT = [
  'bff_upstream_unreachable',
  'bff_upstream_invalid_response',
  'bff_upstream_unavailable',
  'bff_upstream_timeout',
  'bff_overloaded',
] as const;

const MERGED = 'Changes only the fields that the body has.';
const CHECKED =
  'The token endpoint must accept new credentials; otherwise nothing is stored. Without a configured token endpoint ' +
  'they are stored unchecked, and the response has `"checked": false`.';

const credentials = { scheme: 'oauth2', keyId: 'northwind-key', keySecret: 'northwind-demo-secret' };

export const ADMINISTRATION_NOTES: NotesOf<'admin'> = {
  'admin.tenants.list': { summary: 'List all tenants', response: [TenantRecordPageResponse] },
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
    response: [TenantRecordResponse],
    problems: ['bff_conflict'],
  },
  'admin.tenants.read': {
    summary: 'Read a tenant',
    response: [TenantRecordResponse],
    problems: ['bff_tenant_not_found'],
  },
  'admin.tenants.update': {
    summary: 'Change a tenant',
    description:
      `${MERGED} A change of the environment or the plane erases the credentials unless the body has new ones. ` +
      CHECKED,
    bodies: [[TenantChangesInput, { name: 'Northwind Traders Limited' }]],
    response: [UpdatedTenantRecordResponse],
    problems: ['bff_tenant_not_found', 'bff_conflict', 'bff_credentials_refused', ...TOKEN_ENDPOINT],
  },
  'admin.credentials.set': {
    summary: 'Set or replace the credentials of a tenant',
    description: CHECKED,
    bodies: [[CredentialsInput, credentials]],
    response: [CheckedCredentialRecordResponse],
    problems: ['bff_tenant_not_found', 'bff_conflict', 'bff_credentials_refused', ...TOKEN_ENDPOINT],
  },
  'admin.credentials.read': {
    summary: 'Read the credentials of a tenant, without the secret',
    response: [CredentialRecordResponse],
    problems: ['bff_tenant_not_found', 'bff_not_found'],
  },
  'admin.credentials.check': {
    summary: 'Check credentials at the token endpoint',
    description:
      'Checks the credentials of the body, or the stored ones if there is no body. Changes nothing.',
    bodies: [[CredentialsInput, credentials]],
    bodyIsOptional: true,
    response: [CredentialsAcceptedResponse, CredentialsFailedResponse],
    problems: ['bff_tenant_not_found', 'bff_not_found', 'bff_overloaded'],
  },
  'admin.credentials.erase': {
    summary: 'Erase the credentials of a tenant',
    problems: ['bff_tenant_not_found', 'bff_not_found'],
  },
  'admin.users.list': { summary: 'List all users', response: [UserRecordPageResponse] },
  'admin.users.create': {
    summary: 'Add a user',
    bodies: [
      [
        NewUserInput,
        {
          email: 'new@northwind.example',
          name: 'New Person',
          password: 'a long enough password',
          role: 'user',
          memberships: [{ tenant: 'northwind', role: 'viewer' }],
        },
      ],
    ],
    response: [UserRecordResponse],
    problems: ['bff_conflict'],
  },
  'admin.users.read': {
    summary: 'Read a user',
    response: [UserRecordResponse],
    problems: ['bff_not_found'],
  },
  'admin.users.update': {
    summary: 'Change a user',
    description: `${MERGED} Disabling a user ends their sessions. The last admin cannot be disabled or demoted.`,
    bodies: [[UserChangesInput, { name: 'Renamed Person', disabled: false }]],
    response: [UserRecordResponse],
    problems: ['bff_not_found', 'bff_conflict'],
  },
  'admin.members.list': {
    summary: 'List the members of a tenant',
    response: [MemberPageResponse],
    problems: ['bff_tenant_not_found'],
  },
  'admin.members.put': {
    summary: 'Add a member to a tenant, or change their role',
    bodies: [[MemberInput, { role: 'viewer' }]],
    response: [MemberResponse],
    problems: ['bff_tenant_not_found', 'bff_not_found'],
  },
  'admin.members.remove': {
    summary: 'Remove a member from a tenant',
    problems: ['bff_tenant_not_found', 'bff_not_found'],
  },
  'admin.sessions.list': {
    summary: 'List sessions of all users',
    description: '`userId` and `tenantId` restrict the list to one user and to the members of one tenant.',
    response: [OwnedSessionPageResponse],
    problems: ['bff_not_found', 'bff_tenant_not_found'],
  },
  'admin.sessions.end': {
    summary: 'End the sessions of one user or of the members of one tenant',
    description: 'Requires exactly one of `userId` and `tenantId`.',
    response: [EndedSessionsResponse],
    problems: ['bff_not_found', 'bff_tenant_not_found'],
  },
  'admin.audit.list': {
    summary: 'List the events of the audit log, newest first',
    response: [AuditPageResponse],
    problems: ['bff_directory_unavailable'],
  },
  'admin.users.delete': {
    summary: 'Remove a user',
    description: 'The last admin cannot be removed.',
    problems: ['bff_not_found', 'bff_conflict'],
  },
  'admin.tenants.delete': {
    summary: 'Remove a tenant with its credentials and memberships',
    problems: ['bff_tenant_not_found'],
  },
};
