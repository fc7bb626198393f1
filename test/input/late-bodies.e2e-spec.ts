import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { deputy } from '../support/administering.js';
import { type Browser } from '../support/browser.js';
import { elevatedAdmin } from '../support/elevating.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

const MINUTE = 60_000;

let bff: Bff;
beforeAll(async () => {
  bff = await startBff({ directory: { ...the.directory, users: [...the.directory.users, deputy] } });
});
afterAll(() => bff.close());
afterEach(() => bff.sinch.reset());

/**
 * Sends the head and the first byte of the body, waits for `act`, and sends the rest.
 * @returns status and error code
 */
async function sendLate(
  browser: Browser,
  [line, body]: readonly [line: string, body: object],
  act: () => Promise<unknown>,
): Promise<string> {
  const bytes = JSON.stringify(body);
  const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ');
  const socket = connect({ port: bff.port, host: '127.0.0.1' });
  await once(socket, 'connect');
  const host = /admin/.test(line) || line.includes('summit') ? 'admin.bff.test' : 'console.bff.test';
  socket.write(
    `${line} HTTP/1.1\r\nHost: ${host}\r\nX-CSRF: 1\r\nCookie: ${cookie}\r\nConnection: close\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${bytes.length}\r\n\r\n${bytes.slice(0, 1)}`,
  );
  // The service has read the head when it responds to a later request.
  await bff.browser().get('/session');
  await act();
  socket.write(bytes.slice(1));
  let answer = '';
  socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
  await once(socket, 'close');
  return `${/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]} ${/"errorCode":"(\w+)"/.exec(answer)?.[1] ?? ''}`.trim();
}

const comment = ['POST /v1/tenants/summit/whatsapp/comments', { comment: 'late' }] as const;
const member = ['POST /v1/tenants/acme/whatsapp/comments', { comment: 'late' }] as const;
const tenant = [
  'POST /v1/admin/tenants',
  { id: 'late', name: 'Late', projectId: 'p-late', environment: 'production', plane: 'public' },
] as const;

describe('a request whose body arrives late (SES-12, ELV-05)', () => {
  it.each<[what: string, change: (browser: Browser) => Promise<unknown>, answer: string]>([
    ['after logout', (browser) => browser.delete('/session'), '401 bff_session_required'],
    [
      'after the elevation was ended',
      (browser) => browser.delete('/session/elevation'),
      '403 bff_elevation_required',
    ],
    [
      'after the elevation expired',
      async (browser) => {
        bff.turnClock(8 * MINUTE);
        await browser.get('/v1/tenants');
        bff.turnClock(7 * MINUTE);
      },
      '403 bff_elevation_required',
    ],
    [
      'after the admin became a user',
      async () => {
        await bff.apply({ users: [{ email: the.admin.email, role: 'user' }] });
      },
      '404 bff_tenant_not_found',
    ],
  ])('is rejected %s and reaches no server', async (_, change, answer) => {
    const browser = await elevatedAdmin(bff, { tenantId: 'summit' });
    expect(await sendLate(browser, comment, () => change(browser))).toBe(answer);
    expect(bff.sinch.all.requests).toEqual([]);
    await bff.apply({ users: [{ email: the.admin.email, role: 'admin' }] });
  });

  it('changes no record after the admin was disabled', async () => {
    const browser = await elevatedAdmin(bff);
    expect(await sendLate(browser, tenant, () => bff.disable(the.admin.email))).toBe(
      '401 bff_session_required',
    );
    await bff.operate('users.update', { email: the.admin.email, changes: { disabled: false } });
    expect(await bff.operate('tenants.show', { id: 'late' })).toHaveProperty('failure');
  });

  it('is rejected after the membership was revoked', async () => {
    const browser = await bff.signedIn(the.editor);
    const revoke = { email: the.editor.email, tenant: 'acme' };
    expect(await sendLate(browser, member, () => bff.operate('users.revoke', revoke))).toBe(
      '404 bff_tenant_not_found',
    );
    expect(bff.sinch.all.requests).toEqual([]);
  });

  it('is served if nothing changed', async () => {
    const browser = await elevatedAdmin(bff, { tenantId: 'summit' });
    expect(await sendLate(browser, comment, () => Promise.resolve())).toBe('200');
  });
});
