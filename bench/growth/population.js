import { tenantRecord } from '../scenario.js';

/**
 * The directory of a service that is measured. User `i` is an editor of each tenant whose number is `i` modulo the
 * smaller of the two counts; users have no password, whose hashing would only take time.
 */
export function records({ users, tenants }) {
  const classes = Math.min(users, tenants);
  const ids = Array.from({ length: tenants }, (_, index) => tenantAt(index));
  return {
    // HTTP Basic, because the token endpoint permits ten requests per second.
    tenants: ids.map((id, index) => tenantRecord(id, index, 'basic')),
    users: Array.from({ length: users }, (_, index) => ({
      email: `user-${index}@bench.example`,
      name: `User ${index}`,
      identity: { issuer: 'https://id.bench.example', subject: String(index) },
      memberships: ids
        .filter((_id, tenant) => tenant % classes === index % classes)
        .map((tenant) => ({ tenant, role: 'editor' })),
    })),
  };
}

/** More than connections, so that no two requests in flight are equal: equal reads share one call of the upstream. */
const MIN_REQUESTS = 100;

/** Pairs of a cookie and a path that use every session and every tenant. @param cookies in the order of sessions */
export function requests({ tenants }, cookies) {
  return Array.from({ length: Math.max(tenants, cookies.length, MIN_REQUESTS) }, (_, index) => [
    cookies[index % cookies.length],
    `/v1/tenants/${tenantAt(index % tenants)}/whatsapp/activities?pageToken=page-${index}`,
  ]);
}

const tenantAt = (index) => `tenant-${index}`;
