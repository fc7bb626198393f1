import { Browser, unexpected } from '../browser.js';
import { host, tenant, user } from '../scenario.js';
import { adminHost } from './cluster.js';
import { adminAt, codeOf, member, memberTenantAt, remover } from './people.js';

const ACCOUNT = `/v1/tenants/${tenant.id}/whatsapp`;
const reason = 'Measures how soon a revocation takes effect';

/**
 * The three kinds of revocation. Each prepares an access, and returns how it is revoked at one node and used at
 * another.
 * @returns by kind: `(index, node) => { revoke, useAt }`
 */
export async function prepareKinds(nodes, agent) {
  const [admin, reading] = [new Browser(adminHost, agent), new Browser(host, agent)];
  await admin.signIn(nodes[0], remover);
  await elevate(admin, nodes[0], remover);
  const { user: account } = await reading.signIn(nodes[0], member);
  return {
    sessions: (_, node) => session(node, agent),
    elevations: (index, node) => elevation(index, node, agent),
    memberships: (index, node) => membership(index, node, { admin, reading, userId: account.id }),
  };
}

/** A sign-out. */
async function session(node, agent) {
  const browser = new Browser(host, agent);
  await browser.signIn(node, user);
  const watching = browser.copy();
  return {
    revoke: () => browser.succeed(node, 'DELETE', '/session'),
    useAt: (other) => succeeds(watching, other, ACCOUNT, [401]),
  };
}

/** In turn the end of the elevation and the end of its session. */
async function elevation(index, node, agent) {
  const [browser, admin] = [new Browser(adminHost, agent), adminAt(index)];
  await browser.signIn(node, admin);
  await elevate(browser, node, admin, tenant.id);
  const watching = browser.copy();
  const path = index % 2 === 0 ? '/session/elevation' : '/session';
  return {
    revoke: () => browser.succeed(node, 'DELETE', path),
    useAt: (other) => succeeds(watching, other, ACCOUNT, [401, 403]),
  };
}

function membership(index, node, { admin, reading, userId }) {
  const id = memberTenantAt(index);
  return {
    revoke: () => admin.succeed(node, 'DELETE', `/v1/admin/tenants/${id}/members/${userId}`),
    useAt: (other) => succeeds(reading, other, `/v1/tenants/${id}/whatsapp`, [404]),
  };
}

function elevate(browser, node, admin, tenantId) {
  return browser.succeed(node, 'POST', '/session/elevation', { code: codeOf(admin), reason, tenantId });
}

/** @throws Error when neither a success nor one of the refusals is answered */
async function succeeds(browser, node, path, refusals) {
  const answer = await browser.send(node, 'GET', path);
  if (answer.status === 200) return true;
  if (!refusals.includes(answer.status)) throw unexpected(answer, 'GET', path);
  return false;
}
