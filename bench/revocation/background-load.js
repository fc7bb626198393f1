import { Browser } from '../browser.js';
import { host, reader } from '../scenario.js';
import { steadily } from '../steadily.js';
import { loadTenantAt } from './people.js';

const PER_SECOND = 300;
export const LOAD_SESSIONS = 12;

/**
 * Begins to read with a dozen sessions, each its own tenant, at every node in turn.
 * @returns a function that ends the load, and returns the number of requests and those that failed
 */
export async function startLoad(nodes, agent) {
  const browsers = [];
  const readAt = (node, index) =>
    browsers[index].succeed(node, 'GET', `/v1/tenants/${loadTenantAt(index)}/whatsapp`);
  for (let index = 0; index < LOAD_SESSIONS; index += 1) {
    browsers.push(new Browser(host, agent));
    await browsers[index].signIn(nodes[index % nodes.length], reader);
    // One after the other, because nodes that have just started are slow.
    for (const node of nodes) await readAt(node, index);
  }
  let isStopped = false;
  const failures = [];
  const read = async (sent) => {
    const node = nodes[sent % nodes.length];
    const index = Math.floor(sent / nodes.length) % LOAD_SESSIONS;
    await readAt(node, index).catch((error) => failures.push(error));
  };
  const load = steadily(Infinity, PER_SECOND, read, () => isStopped);
  return async () => {
    isStopped = true;
    return { requests: await load, failures };
  };
}
