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

/** The upstream's are open: it adds members and enum values between versions (provisioning-api.md section 11). */
const open = (properties: Record<string, Schema>, required: readonly string[]): Schema => ({
  type: 'object',
  properties,
  required,
});

const frontend = closed({ name: text, class: oneOf('internal', 'partner', 'admin') });
const environment = oneOf('production', 'staging', 'staging-dev');
const plane = oneOf('public', 'admin');

/** What answers look like: ours by contract.md sections 3 to 5, the upstream's by provisioning-api.md section 5. */
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
  TenantPage: closed({ tenants: listOf(ref('Tenant')), nextPageToken: text }, ['nextPageToken']),
  Route: {
    oneOf: [
      closed({ environment, plane, credential: closed({ scheme: oneOf('oauth2', 'basic'), keyId: text }) }),
      closed({ errorCode: text, additionalInformation: {} }, ['additionalInformation']),
    ],
  },
  Session: closed({
    id: text,
    user: closed({ id: text, email: text, name: text, role: oneOf('user', 'admin') }),
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
  OwnSessions: closed({
    sessions: listOf(
      closed({
        id: text,
        current: flag,
        frontend,
        userAgent: { type: ['string', 'null'] },
        lastSeenAt: time,
        createdAt: time,
        idleExpiresAt: time,
        absoluteExpiresAt: time,
      }),
    ),
  }),
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
