import { Buffer } from 'node:buffer';

/** What every contender is asked, by whom, and what it has to answer. */

const projectAt = (index) => `6e1f2a34-0000-4000-8000-${String(index + 1).padStart(12, '0')}`;
const key = { keyId: 'acme-key', keySecret: 'acme-bench-secret' };

/**
 * The tenants whose calls are measured in turn: more than connections, so that no two requests in flight are equal, because
 * this service would answer equal ones by one call of the upstream.
 */
export const tenants = Array.from({ length: 60 }, (_, index) => ({
  ...{ id: `acme-${index}`, name: `Acme ${index}`, projectId: projectAt(index), company: 'acme' },
  ...key,
}));

/** The tenant of calls that are made one at a time. */
export const [tenant] = tenants;

/** A tenant in the directory file, of another project for each index. */
export function tenantRecord(id, index, scheme = 'oauth2') {
  return {
    id,
    name: `Tenant ${id}`,
    projectId: projectAt(index),
    environment: 'production',
    plane: 'public',
    credentials: { scheme, ...key },
  };
}

export const user = { email: 'editor@acme.example', name: 'Ed Itor', password: 'editor-bench-password' };
/** Somebody whose session lasts while the other user signs in again and again. */
export const reader = { email: 'reader@acme.example', name: 'Rea Der', password: 'reader-bench-password' };

/** The only token that the upstream accepts, as its token endpoint issues it: as long as a real one. */
export const accessToken = `bench.${'A1b2C3d4'.repeat(100)}`;

/** What the upstream accepts instead from tenants that use HTTP Basic. */
export const basicPair = Buffer.from(`${key.keyId}:${key.keySecret}`).toString('base64');

/** The name under which browsers reach the service; TLS would end in front of it. */
export const host = 'console.bench.example';

/** What a browser's `fetch` sends along, in short. wrk adds a second Host where it finds none of this spelling. */
export const browserHeaders = {
  Host: host,
  accept: 'application/json',
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'x-csrf': '1',
  'sec-fetch-site': 'same-origin',
};

/** The cookie that nginx gets, which looks at none: as long as the others. */
export const idleCookie = `__Host-bff-session=${'x'.repeat(43)}`;

const account = {
  isEmbeddedSignup: false,
  businessManager: 'SINCH_UK',
  wabaId: '806309844',
  wabaMaxPriceOnboarded: false,
  compatibleRegions: ['eu', 'us'],
  state: 'ONBOARDED',
  details: {
    wabaName: 'Acme Ltd',
    clientBusinessManagerId: '900100200300',
    senderDetails: { displayName: 'Acme Ltd', businessCategory: 'SHOPPING_AND_RETAIL', region: 'EU' },
    description: '',
  },
  wabaEnabledForInsights: false,
  wabaEnabledForDirectSend: false,
  currency: 'EUR',
};

const activities = {
  activities: Array.from({ length: 60 }, (_, index) => ({
    type: index % 3 === 0 ? 'STATE_CHANGED' : 'CREATED',
    comment: `Activity ${index} of the account, in words that a person wrote; the rest is padding to the size of a page. `,
    created: new Date(Date.UTC(2026, 10, 1, 12, index)).toISOString(),
  })),
  nextPageToken: 'cGFnZS0y',
};
activities.activities.at(-1).comment = '';

/** The comment that the write adds. */
export const comment = JSON.stringify({ comment: 'Checked by the comparison runs.' });

/** A small answer that is all overhead, one where bytes begin to count, and a write. */
export const calls = [
  {
    name: 'account',
    label: '1.5 KB account',
    method: 'GET',
    status: 200,
    ...paths('whatsapp'),
    body: padded(account, account.details, 'description', 1536),
  },
  {
    name: 'activities',
    label: '15 KB activities page',
    method: 'GET',
    status: 200,
    ...paths('whatsapp/activities', '?pageSize=60&pageToken=cGFnZS0x'),
    body: padded(activities, activities.activities.at(-1), 'comment', 15_360),
  },
  {
    name: 'comment',
    label: 'A comment is added',
    method: 'POST',
    status: 201,
    ...paths('whatsapp/comments'),
    body: JSON.stringify({ type: 'COMMENT', created: '2026-11-01T12:00:00Z', ...JSON.parse(comment) }),
  },
];

/** `anyPath` is the path of every tenant, of which one replaces `{tenant}`. */
function paths(resource, query = '') {
  return {
    resource,
    path: `/v1/tenants/${tenant.id}/${resource}${query}`,
    anyPath: `/v1/tenants/{tenant}/${resource}${query}`,
    upstreamPath: `/v1/projects/${tenant.projectId}/${resource}`,
  };
}

function padded(document, owner, member, bytes) {
  const missing = bytes - JSON.stringify(document).length;
  if (missing < 0) throw new Error(`The body is ${-missing} bytes too long`);
  owner[member] = 'Onboarded for the comparison runs. '.repeat(bytes).slice(0, missing);
  return JSON.stringify(document);
}
