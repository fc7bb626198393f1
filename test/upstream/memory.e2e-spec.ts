import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { connect, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Browser } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { expectProblem, perform } from '../support/forwarding.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

const MiB = 1024 * 1024;
/** A quarter of the 512 MiB of all tenants. */
const SHARE = 128 * MiB;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

let bff: Bff;
let viewer: Browser;
let partner: Browser;
const stalled: Socket[] = [];
beforeAll(async () => {
  // The transfer of these bytes may take longer on a busy machine.
  bff = await startBff({ environment: { SINCH_TIMEOUT_MS: '120000' } });
  viewer = await bff.signedIn(the.viewer);
  partner = await bff.signedIn(the.partner);
});
afterAll(async () => {
  for (const socket of stalled) socket.destroy();
  await bff.close();
});

/** Requests a page of acme that is equal to no other, and never reads the response. */
function stall(): void {
  const cookie = [...viewer.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const socket = connect(bff.port, '127.0.0.1').pause();
  socket.write(
    `GET /v1/tenants/acme/whatsapp/activities?pageToken=${stalled.length} HTTP/1.1\r\nHost: console.bff.test\r\nX-CSRF: 1\r\nCookie: ${cookie}\r\n\r\n`,
  );
  stalled.push(socket);
}

it('unread responses of a tenant fill only its own share of the memory (RES-08)', async () => {
  const body = Buffer.alloc(8 * MiB, ' ');
  body.write('{');
  body.write('}', body.length - 1);
  bff.sinch.production.answer({ headers: { 'content-type': 'application/json' }, body });
  collectGarbage();
  const before = process.memoryUsage().arrayBuffers;
  for (let connection = 0; connection < 18; connection += 1) stall();
  await eventually(() => expect(bff.sinch.production.requests).toHaveLength(18), { withinMs: 100_000 });

  // Calls that fill the share together are rejected together, and may leave room for one more.
  await eventually(
    async () => {
      const response = await perform(viewer, 'account.get');
      if (response.status === 200) stall();
      expectProblem(response, 503, 'bff_overloaded');
    },
    { withinMs: 100_000 },
  );
  // Far below the limit of concurrent calls, so that it is the memory that rejects.
  expect(stalled.length).toBeLessThan(40);
  const answer = await perform(partner, 'account.get', 'orchard');
  expect(answer.status).toBe(200);
  expect(answer.bytes.equals(body)).toBe(true);

  // Complete responses, none of them twice; buffers of bytes that were passed on are released.
  await eventually(
    () => {
      collectGarbage();
      const held = process.memoryUsage().arrayBuffers - before - answer.bytes.length;
      expect(held / MiB).toBeLessThan((SHARE / MiB) * 1.25);
    },
    { withinMs: 10_000 },
  );

  for (const socket of stalled) socket.destroy();
  await eventually(async () => expect((await perform(viewer, 'account.get')).status).toBe(200), {
    withinMs: 100_000,
  });
}, 400_000);
