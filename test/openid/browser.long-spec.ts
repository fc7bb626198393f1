import 'reflect-metadata';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { loadConfig } from '@bff/config';
import { type Browser, type BrowserContext, type Page } from 'playwright-core';
import { type Service, startService } from '../../apps/bff/src/service.js';
import { describeWithChromium, launchChromium } from '../support/chromium.js';
import { HostedFrontend } from '../support/hosted-frontend.js';
import { CertifiedProvider } from '../support/openid/certified-provider.js';
import { runCommand } from '../support/run-command.js';
import { type SixUpstreams, startSixUpstreams } from '../support/six-upstreams.js';
import { lastingDatabase, TEST_KEYS, type TestDatabase } from '../support/test-database.js';
import { the } from '../support/the.js';

const account = { isEmbeddedSignup: false, businessManager: 'SINCH_UK', compatibleRegions: ['EU'] };
const SECRET = 'client-canary-secret';

describeWithChromium('in a real browser', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bff-browser-'));
  let database: TestDatabase;
  let provider: CertifiedProvider;
  let sinch: SixUpstreams;
  let service: Service;
  let frontend: HostedFrontend;
  let browser: Browser;
  let origin: string;
  beforeAll(async () => {
    frontend = await HostedFrontend.start();
    origin = frontend.origin;
    provider = await CertifiedProvider.start([
      { clientId: 'bff', clientSecret: SECRET, redirectUris: [`${origin}/session/callback`] },
    ]);
    sinch = await startSixUpstreams();
    database = await lastingDatabase();
    const environment = {
      BFF_PORT: '0',
      BFF_FRONTENDS: JSON.stringify([{ name: 'console', class: 'internal', origin }]),
      BFF_MANAGEMENT_PORT: '0',
      DATABASE_URL: database.url,
      BFF_ENCRYPTION_KEYS: TEST_KEYS,
      LOG_LEVEL: 'silent',
      OIDC_ISSUER: provider.issuer,
      OIDC_CLIENT_ID: 'bff',
      OIDC_CLIENT_SECRET: SECRET,
      ...sinch.environment(),
    };
    const identity = { issuer: provider.issuer, subject: 'ada' };
    const ada = {
      email: 'ada@acme.example',
      name: 'Ada',
      identity,
      memberships: [{ tenant: 'acme', role: 'editor' }],
    };
    const file = join(folder, 'directory.json');
    writeFileSync(file, JSON.stringify({ tenants: [the.acme], users: [ada] }));
    const applied = await runCommand(['apply', file], { environment });
    expect([applied.code, applied.error]).toEqual([0, '']);
    service = await startService(loadConfig(environment));
    frontend.servicePort = service.port;
    browser = await launchChromium();
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await frontend.close();
    await service.close();
    await sinch.close();
    await provider.close();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The response that a script of the frontend receives. */
  const call = (page: Page, method: string, path: string): Promise<{ status: number; body: unknown }> =>
    page.evaluate(
      async ([method, path]) => {
        const answer = await fetch(path, { method, headers: { 'X-CSRF': '1' } });
        const text = await answer.text();
        return { status: answer.status, body: text === '' ? null : (JSON.parse(text) as unknown) };
      },
      [method, path] as const,
    );

  const cookiesIn = async (context: BrowserContext): Promise<object> =>
    Object.fromEntries(
      (await context.cookies(origin)).map(({ name, httpOnly, secure, sameSite, path }) => [
        name,
        { httpOnly, secure, sameSite, path },
      ]),
    );

  it('a user signs in at the provider, returns to the requested page, calls, and signs out', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${origin}/session/login?returnTo=${encodeURIComponent('/app?tab=2')}`);
    expect(new URL(page.url()).origin).toBe(provider.issuer);
    expect(Object.keys(await cookiesIn(context)).sort()).toEqual([
      '__Host-bff-browser',
      expect.stringMatching(/^__Host-bff-login-/),
    ]);
    await page.fill('input[name=login]', 'ada');
    await page.click('button');
    await page.waitForURL(`${origin}/app?tab=2`);

    const browserCookie = { httpOnly: true, secure: true, sameSite: 'Lax', path: '/' };
    expect(await cookiesIn(context)).toEqual({
      '__Host-bff-browser': browserCookie,
      '__Host-bff-session': { httpOnly: true, secure: true, sameSite: 'Strict', path: '/' },
    });
    expect(await page.evaluate('document.cookie')).toBe('');
    expect(await call(page, 'GET', '/session')).toMatchObject({
      status: 200,
      body: { user: { email: 'ada@acme.example' } },
    });
    sinch.production.answer({ body: account });
    expect(await call(page, 'GET', '/v1/tenants/acme/whatsapp')).toEqual({ status: 200, body: account });
    expect(sinch.production.lastRequest.headers).not.toHaveProperty('cookie');

    const signedOut = await call(page, 'DELETE', '/session');
    expect(signedOut).toMatchObject({
      status: 200,
      body: { endSessionUrl: expect.stringContaining(provider.issuer) as unknown },
    });
    expect(await cookiesIn(context)).toEqual({ '__Host-bff-browser': browserCookie });
    expect((await call(page, 'GET', '/session')).status).toBe(401);
    await context.close();
  });

  it('the browser receives, sends and keeps no token (AUT-09)', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    const seen: string[] = [];
    const reads: Promise<unknown>[] = [];
    page.on('request', (request) => {
      seen.push(request.url(), JSON.stringify(request.headers()), request.postData() ?? '');
    });
    page.on('response', (response) => {
      reads.push(
        response.allHeaders().then((headers) => seen.push(JSON.stringify(headers))),
        // A redirect has no body.
        response.text().then(
          (text) => seen.push(text),
          () => undefined,
        ),
      );
    });
    await page.goto(`${origin}/session/login?returnTo=/app`);
    await page.fill('input[name=login]', 'ada');
    await page.click('button');
    await page.waitForURL(`${origin}/app`);
    sinch.production.answer({ body: account });
    expect((await call(page, 'GET', '/session')).status).toBe(200);
    expect((await call(page, 'GET', '/v1/tenants/acme/whatsapp')).status).toBe(200);
    expect(
      await page.evaluate(`Promise.all([indexedDB.databases(), caches.keys()]).then((kept) => [
        ...kept, { ...localStorage }, { ...sessionStorage }, document.cookie, history.state, name])`),
    ).toEqual([[], [], {}, {}, '', null, '']);
    seen.push(page.url(), JSON.stringify(await context.cookies()));
    await call(page, 'DELETE', '/session');
    await Promise.all(reads);

    const bearer = sinch.production.lastRequest.headers.authorization ?? '';
    const tokens = [...provider.issuedTokens, bearer.replace('Bearer ', '')];
    expect(tokens.filter((token) => token !== '').length).toBeGreaterThanOrEqual(3);
    const everything = seen.join('\n');
    expect(everything).toContain('"ada@acme.example"');
    for (const part of tokens.flatMap((token) => [token, ...token.split('.')])) {
      expect(everything).not.toContain(part);
    }
    await context.close();
  });

  it('a page of another site reaches nothing with the cookies of a signed-in user', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${origin}/session/login?returnTo=/app`);
    await page.fill('input[name=login]', 'ada');
    await page.click('button');
    await page.waitForURL(`${origin}/app`);
    sinch.reset();

    const attacker = await context.newPage();
    await attacker.route('http://attacker.localhost/**', (route) =>
      route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>Attacker</title>' }),
    );
    await attacker.goto('http://attacker.localhost/');
    const outcomes = await attacker.evaluate(async (target) => {
      const attempt = async (path: string, init: RequestInit): Promise<string> => {
        try {
          const answer = await fetch(target + path, { credentials: 'include', ...init });
          return `read ${answer.status}`;
        } catch {
          return 'blocked';
        }
      };
      return [
        await attempt('/session', { headers: { 'X-CSRF': '1' } }),
        await attempt('/v1/tenants/acme/whatsapp', {}),
        await attempt('/session', { method: 'DELETE', headers: { 'X-CSRF': '1' } }),
        await attempt('/v1/tenants/acme/whatsapp/comments', { method: 'POST', body: '{"comment":"x"}' }),
      ];
    }, origin);
    expect(outcomes).toEqual(['blocked', 'blocked', 'blocked', 'blocked']);
    expect(sinch.all.requests).toEqual([]);
    expect((await call(page, 'GET', '/session')).status).toBe(200);
    await context.close();
  });
});
