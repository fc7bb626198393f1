import { Secret, TOTP } from 'otpauth';
import { reader, tenant, tenantRecord, user } from '../scenario.js';

const password = 'revocation-bench-password';

/** The secrets of the admins' second factors, by e-mail address. */
const secrets = new Map();

/** The admins that are elevated: one for each elevation, because a one-time code is accepted once. */
export const adminAt = (index) => admin(`admin-${index}@bench.example`);
/** The admin that removes memberships. */
export const remover = admin('remover@bench.example');
/** The member of the tenants of {@link memberTenantAt}. */
export const member = { email: 'member@bench.example', name: 'Mem Ber', password };
export const memberTenantAt = (index) => `member-${index}`;
/** The tenants of the background load. */
export const loadTenantAt = (index) => `load-${index}`;

function admin(email) {
  if (!secrets.has(email)) secrets.set(email, new Secret({ size: 20 }).base32);
  return { email, name: 'Ad Min', password, role: 'admin', totpSecret: secrets.get(email) };
}

/** The current one-time code of an admin. */
export function codeOf({ totpSecret }) {
  return new TOTP({ secret: Secret.fromBase32(totpSecret) }).generate();
}

/**
 * The directory for a number of elevations and of memberships that can be revoked, and of sessions of the background
 * load, each with its tenant.
 */
export function records({ elevations, memberships, loads }) {
  const memberTenants = numbers(memberships).map(memberTenantAt);
  const loadTenants = numbers(loads).map(loadTenantAt);
  return {
    tenants: [tenant.id, ...memberTenants, ...loadTenants].map((id, index) => tenantRecord(id, index)),
    users: [
      { ...user, memberships: [editorOf(tenant.id)] },
      { ...reader, memberships: loadTenants.map(editorOf) },
      { ...member, memberships: memberTenants.map(editorOf) },
      remover,
      ...numbers(elevations).map(adminAt),
    ],
    adminCredentials: [{ environment: 'production', keyId: 'admin-key', keySecret: tenant.keySecret }],
  };
}

const numbers = (count) => Array.from({ length: count }, (_, index) => index);
const editorOf = (id) => ({ tenant: id, role: 'editor' });
