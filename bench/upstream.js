import { URL } from 'node:url';
import { startNginx, upstreamServer } from './nginx.js';
import { freePort } from './processes.js';

/** The one upstream of all contenders: nginx, because it costs least, so that little of the machine goes into it. */
export async function startUpstream(workshop) {
  const port = await freePort();
  await startNginx(workshop, 'upstream', port, upstreamServer(workshop, port));
  return new URL(`http://127.0.0.1:${port}`);
}
