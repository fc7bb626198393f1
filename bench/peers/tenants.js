import { Buffer } from 'node:buffer';
import { createHash, timingSafeEqual } from 'node:crypto';
import { request } from 'undici';
import { tenants, user } from '../scenario.js';

/** The hand-builder's own directory: constants. */
const tenantsById = new Map(tenants.map((tenant) => [tenant.id, tenant]));

export const securityHeaders = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'strict-transport-security': 'max-age=63072000; includeSubDomains',
};

/** Who signed in, with the company whose tenants they may act for; undefined for anybody else. */
export function userOf(email, password) {
  if (email !== user.email || !timingSafeEqual(digest(String(password)), digest(user.password)))
    return undefined;
  return { email, name: user.name, company: 'acme' };
}

/** The tenant, if the signed-in person may act for it. */
export function tenantFor(person, id) {
  const tenant = tenantsById.get(id);
  return tenant?.company === person.company ? tenant : undefined;
}

const upstream = process.env.UPSTREAM;
const tokens = new Map();

/** The tenant's bearer token, or the promise of one while it is fetched; renewed a minute before it ends. */
export function authorizationFor({ id, keyId, keySecret }) {
  const known = tokens.get(id);
  if (known !== undefined && known.until > Date.now()) return known.authorization;
  const pending = fetchToken(keyId, keySecret).then(
    ({ access_token, expires_in }) => {
      const authorization = `Bearer ${access_token}`;
      tokens.set(id, { authorization, until: Date.now() + (expires_in - 60) * 1_000 });
      return authorization;
    },
    (error) => {
      tokens.delete(id);
      throw error;
    },
  );
  tokens.set(id, { authorization: pending, until: Date.now() + 10_000 });
  return pending;
}

async function fetchToken(keyId, keySecret) {
  const { statusCode, body } = await request(`${upstream}/oauth2/token`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${keyId}:${keySecret}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: 'grant_type=client_credentials',
  });
  if (statusCode !== 200) throw new Error(`The token endpoint answered ${statusCode}`);
  return body.json();
}

function digest(text) {
  return createHash('sha256').update(text).digest();
}
