import { AUDIT_EVENTS } from '@bff/audit';

/** A JSON Schema of draft 2020-12, as OpenAPI 3.1 takes it. */
export type Schema = Readonly<Record<string, unknown>>;

const text: Schema = { type: 'string' };
const time: Schema = { type: 'string', format: 'date-time' };
const flag: Schema = { type: 'boolean' };
const oneOf = (...values: readonly string[]): Schema => ({ type: 'string', enum: values });
const listOf = (items: Schema): Schema => ({ type: 'array', items });
const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

/** Ours are closed: every member is always there. */
const closed = (properties: Record<string, Schema>, optional: readonly string[] = []): Schema => ({
  type: 'object',
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  additionalProperties: false,
});

/**
 * The upstream's are open: it adds members and enum values between versions (docs/upstream.md section 11).
 */
const open = (properties: Record<string, Schema>, required: readonly string[]): Schema => ({
  type: 'object',
  properties,
  required,
});

const nullable = ({ type, ...rest }: Schema): Schema => ({ type: [type, 'null'], ...rest });
const page = (name: string, items: Schema): Schema =>
  closed({ [name]: listOf(items), nextPageToken: text }, ['nextPageToken']);

const frontend = closed({ name: text, class: oneOf('internal', 'partner', 'admin') });
const environment = oneOf('production', 'staging', 'staging-dev');
const plane = oneOf('public', 'admin');
const tenantRole = oneOf('viewer', 'editor');
const globalRole = oneOf('user', 'admin');
const dates = { createdAt: time, updatedAt: time };

const sessionEntry = {
  id: text,
  current: flag,
  frontend,
  userAgent: nullable(text),
  lastSeenAt: time,
  createdAt: time,
  idleExpiresAt: time,
  absoluteExpiresAt: time,
};
const tenantRecord = {
  id: text,
  name: text,
  projectId: text,
  environment,
  plane,
  ...dates,
  lastUpstreamSuccessAt: nullable(time),
  lastUpstreamErrorCode: nullable(text),
};
const credentialRecord = {
  scheme: oneOf('oauth2', 'basic'),
  keyId: text,
  version: { type: 'integer' },
  ...dates,
  lastSuccessAt: nullable(time),
};

/**
 * What answers look like: ours by docs/contract.md sections 3 to 6, the upstream's by
 * docs/upstream.md section 5.
 */
export const ANSWER_SCHEMAS: Readonly<Record<string, Schema>> = {
  Problem: {
    type: 'object',
    description: 'RFC 9457, with the members that a Sinch client knows.',
    properties: {
      type: text,
      title: text,
      status: { type: 'integer' },
      detail: text,
      instance: text,
      errorCode: text,
      message: text,
      resolution: text,
      additionalInformation: {},
      requestId: text,
    },
    required: ['type', 'title', 'status', 'detail', 'instance', 'errorCode', 'message', 'requestId'],
    additionalProperties: false,
  },
  Tenant: closed({
    id: { type: 'string', pattern: '^[a-z0-9-]{1,63}$' },
    name: text,
    environment,
    plane,
    role: { type: ['string', 'null'], enum: ['viewer', 'editor', null] },
  }),
  TenantPage: page('tenants', ref('Tenant')),
  Route: {
    oneOf: [
      closed({ environment, plane, credential: closed({ scheme: oneOf('oauth2', 'basic'), keyId: text }) }),
      closed({ errorCode: text, additionalInformation: {} }, ['additionalInformation']),
    ],
  },
  Session: closed({
    id: text,
    user: closed({ id: text, email: text, name: text, role: globalRole }),
    frontend,
    tenants: listOf(ref('Tenant')),
    elevation: {
      oneOf: [
        { type: 'null' },
        closed({ tenantId: { type: ['string', 'null'] }, reason: text, expiresAt: time }),
      ],
    },
    createdAt: time,
    idleExpiresAt: time,
    absoluteExpiresAt: time,
  }),
  OwnSessionPage: page('sessions', closed(sessionEntry)),
  SignedOut: closed({ endSessionUrl: text }),
  Authorization: closed({ authorizationUrl: text }),
  TenantRecord: closed(tenantRecord),
  UpdatedTenantRecord: closed({ ...tenantRecord, credentialsErased: flag, checked: flag }, [
    'credentialsErased',
    'checked',
  ]),
  TenantRecordPage: page('tenants', ref('TenantRecord')),
  CredentialRecord: closed(credentialRecord),
  CheckedCredentialRecord: closed({ ...credentialRecord, checked: flag }),
  CredentialCheck: {
    oneOf: [closed({ ok: { const: true } }), closed({ ok: { const: false }, errorCode: text })],
  },
  Member: closed({ userId: text, email: text, name: text, role: tenantRole }),
  MemberPage: page('members', ref('Member')),
  UserRecord: closed({
    id: text,
    email: text,
    name: text,
    role: globalRole,
    disabled: flag,
    identity: { oneOf: [{ type: 'null' }, closed({ issuer: text, subject: text })] },
    hasPassword: flag,
    hasSecondFactor: flag,
    memberships: listOf(closed({ tenant: text, role: tenantRole })),
    ...dates,
  }),
  UserRecordPage: page('users', ref('UserRecord')),
  OwnedSessionPage: page('sessions', closed({ ...sessionEntry, user: closed({ id: text, email: text }) })),
  Count: closed({ count: { type: 'integer' } }),
  // Events from before it was recorded have no client address.
  AuditEvent: closed(
    {
      id: text,
      at: time,
      event: oneOf(...Object.keys(AUDIT_EVENTS)),
      outcome: oneOf('begun', 'success', 'refused', 'failed'),
      actor: closed({ kind: oneOf('user', 'anonymous', 'operator', 'service'), id: nullable(text) }),
      session: nullable(text),
      frontend: nullable(text),
      clientAddress: nullable(text),
      tenantId: nullable(text),
      elevationId: nullable(text),
      reason: nullable(text),
      requestId: nullable(text),
      details: { type: 'object' },
    },
    ['clientAddress'],
  ),
  AuditPage: page('events', ref('AuditEvent')),
  Account: open(
    {
      state: text,
      isEmbeddedSignup: flag,
      businessManager: text,
      wabaId: text,
      changes: open({ status: text, details: { type: 'object' } }, ['status']),
      details: { type: 'object' },
      wabaBanState: text,
      wabaBanDate: text,
      wabaEnabledForInsights: flag,
      wabaEnabledForDirectSend: flag,
      wabaMaxPriceOnboarded: flag,
      compatibleRegions: listOf(text),
      primaryBusinessLocation: text,
      businessDailyLimit: text,
      currency: text,
    },
    ['isEmbeddedSignup', 'businessManager', 'compatibleRegions'],
  ),
  ActivityPage: open(
    {
      totalSize: { type: 'number' },
      pageSize: { type: 'number' },
      notifications: listOf(open({ type: text, created: text, author: text, comment: text }, ['type'])),
      previousPageToken: text,
      nextPageToken: text,
    },
    ['totalSize', 'pageSize', 'notifications'],
  ),
  Comment: open({ type: { const: 'CREATED' }, comment: text, created: text }, ['type', 'comment']),
};
