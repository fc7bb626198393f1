import {
  CredentialsInput,
  MemberInput,
  NewTenantInput,
  NewUserInput,
  TenantChangesInput,
  UserChangesInput,
} from '@bff/directory';
import { type NotesOf } from './operation-note.js';

/** What keeps a token endpoint from answering. */
const TOKEN_ENDPOINT = [
  'bff_upstream_unreachable',
  'bff_upstream_invalid_response',
  'bff_upstream_unavailable',
  'bff_upstream_timeout',
  'bff_overloaded',
] as const;

export const ADMINISTRATION_NOTES: NotesOf<'admin'> = {
  'admin.tenants.list': { summary: 'All tenants', answer: 'TenantRecordPage' },
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
  'admin.tenants.read': {
    summary: 'A tenant',
    answer: 'TenantRecord',
    problems: ['bff_tenant_not_found'],
  },
  'admin.tenants.update': {
    summary:
      'Change a tenant; another environment or plane erases its credentials unless the body has new ones',
    bodies: [[TenantChangesInput, { name: 'Northwind Traders Limited' }]],
    answer: 'UpdatedTenantRecord',
    problems: ['bff_tenant_not_found', 'bff_conflict', 'bff_credentials_refused', ...TOKEN_ENDPOINT],
  },
  'admin.credentials.set': {
    summary: 'Set or replace the credentials of a tenant, after the token endpoint accepted them',
    bodies: [
      [CredentialsInput, { scheme: 'oauth2', keyId: 'northwind-key', keySecret: 'northwind-demo-secret' }],
    ],
    answer: 'CheckedCredentialRecord',
    problems: ['bff_tenant_not_found', 'bff_conflict', 'bff_credentials_refused', ...TOKEN_ENDPOINT],
  },
  'admin.credentials.read': {
    summary: 'What is known of the credentials of a tenant; never the secret',
    answer: 'CredentialRecord',
    problems: ['bff_tenant_not_found', 'bff_not_found'],
  },
  'admin.credentials.check': {
    summary: 'Try the stored credentials, or those of the body, at the token endpoint',
    bodies: [
      [CredentialsInput, { scheme: 'oauth2', keyId: 'northwind-key', keySecret: 'northwind-demo-secret' }],
    ],
    bodyIsOptional: true,
    answer: 'CredentialCheck',
    problems: ['bff_tenant_not_found', 'bff_not_found', 'bff_overloaded'],
  },
  'admin.credentials.erase': {
    summary: 'Erase the credentials of a tenant',
    problems: ['bff_tenant_not_found', 'bff_not_found'],
  },
  'admin.users.list': { summary: 'All users', answer: 'UserRecordPage' },
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
    answer: 'UserRecord',
    problems: ['bff_conflict'],
  },
  'admin.users.read': { summary: 'A user', answer: 'UserRecord', problems: ['bff_not_found'] },
  'admin.users.update': {
    summary: 'Change a user; disabling ends their sessions',
    bodies: [[UserChangesInput, { name: 'Renamed Person', disabled: false }]],
    answer: 'UserRecord',
    problems: ['bff_not_found', 'bff_conflict'],
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
    problems: ['bff_tenant_not_found', 'bff_not_found'],
  },
  'admin.members.remove': {
    summary: 'End a membership',
    problems: ['bff_tenant_not_found', 'bff_not_found'],
  },
  'admin.sessions.list': {
    summary: 'The living sessions, of one user or of the members of one tenant where they are named',
    answer: 'OwnedSessionPage',
    problems: ['bff_not_found', 'bff_tenant_not_found'],
  },
  'admin.sessions.end': {
    summary: 'End the sessions of one user, or of the members of one tenant',
    answer: 'Count',
    problems: ['bff_not_found', 'bff_tenant_not_found'],
  },
  'admin.audit.list': {
    summary: 'What was done, the newest first',
    answer: 'AuditPage',
    problems: ['bff_directory_unavailable'],
  },
  'admin.users.delete': { summary: 'Remove a user', problems: ['bff_not_found', 'bff_conflict'] },
  'admin.tenants.delete': {
    summary: 'Remove a tenant with its credentials and memberships',
    problems: ['bff_tenant_not_found'],
  },
};
