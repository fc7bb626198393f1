import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { elevatedAdmin } from '../support/elevating.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const ACCOUNT = '/v1/tenants/acme/whatsapp';

/** The wall clock is set back by an hour while the service runs; no duration becomes longer (RES-15). */
const bff: Bff = await startBff();
afterAll(() => bff.close());
beforeEach(() => {
  bff.turnClock(HOUR_MS);
  bff.sinch.reset();
});

describe('after the wall clock was set back by an hour', () => {
  it('a rejected token is requested again after the cool-down', async () => {
    const browser = await bff.signedIn(the.editor);
    await bff.apply({
      tenants: [{ ...the.acme, credentials: { ...the.acme.credentials, keyId: 'acme-key-2' } }],
    });
    const { production: tokens } = bff.sinch.tokens;
    tokens.answer({ status: 401, body: { error: 'invalid_client' } });
    expect((await browser.get(ACCOUNT)).status).toBe(502);
    bff.stepWallClock(-HOUR_MS);
    expect((await browser.get(ACCOUNT)).status).toBe(502);
    expect(tokens.requests).toHaveLength(1);
    bff.sinch.reset();
    bff.turnClock(30_000);
    expect((await browser.get(ACCOUNT)).status).toBe(200);
    expect(tokens.requests).toHaveLength(1);
  });

  it('a session ends after its idle time', async () => {
    const browser = await bff.signedIn(the.editor);
    bff.stepWallClock(-HOUR_MS);
    bff.turnClock(30 * MINUTE_MS);
    expect((await browser.get('/session')).status).toBe(401);
  });

  it('a session document has no expiry beyond the remaining lifetime of the session', async () => {
    const browser = await bff.signedIn(the.editor);
    bff.stepWallClock(-HOUR_MS);
    const { createdAt, idleExpiresAt } = (await browser.get('/session')).json as Record<string, string>;
    expect(Date.parse(createdAt ?? '')).toBe(bff.now());
    expect(Date.parse(idleExpiresAt ?? '')).toBe(bff.now() + 30 * MINUTE_MS);
  });

  it('an elevation ends after its 15 minutes', async () => {
    const admin = await elevatedAdmin(bff);
    bff.stepWallClock(-HOUR_MS);
    for (let minute = 0; minute < 15; minute += 5) {
      expect((await admin.get('/session')).json).toMatchObject({ elevation: { tenantId: null } });
      bff.turnClock(5 * MINUTE_MS);
      await admin.get('/v1/tenants');
    }
    expect((await admin.get('/session')).json).toMatchObject({ elevation: null });
  });

  it('a locked account is unlocked after 15 minutes', async () => {
    const { email, password } = the.viewer;
    const signIn = (typed: string) => bff.browser().post('/session', { email, password: typed });
    for (let attempt = 0; attempt < 10; attempt += 1) await signIn('wrong');
    bff.stepWallClock(-HOUR_MS);
    const locked = await signIn(password);
    expect([locked.status, locked.headers['retry-after']]).toEqual([429, '900']);
    bff.turnClock(15 * MINUTE_MS);
    expect((await signIn(password)).status).toBe(201);
  });
});
