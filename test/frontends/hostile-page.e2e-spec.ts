import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser, type BrowserContext, type Page } from 'playwright-core';
import { describeWithChromium, launchChromium } from '../support/chromium.js';
import { HostedFrontend } from '../support/hosted-frontend.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

const SESSION = '__Host-bff-session';
const WHATSAPP = '/v1/tenants/acme/whatsapp';
const COMMENTS = `${WHATSAPP}/comments`;

interface Attempt {
  readonly kind: 'element' | 'form' | 'fetch';
  readonly path: string;
  /** The name of an element and its attribute with the address. */
  readonly tag?: readonly [name: string, attribute: string];
  readonly method?: string;
  readonly encoding?: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly init?: RequestInit;
}

/** A form with encoding `text/plain` sends `name=value`, which is JSON here. */
const comment = { '{"comment":"': '"}' };
const credentials = { '{"email":"partner@orchard.example","password":"partner-canary-password","x":"': '"}' };
const jsonText = { body: '{"comment":"forged"}', headers: { 'content-type': 'text/plain' } };
const csrf = { 'X-CSRF': '1' };

const attempts: readonly (readonly [what: string, attempt: Attempt])[] = [
  ['an image', { kind: 'element', tag: ['img', 'src'], path: WHATSAPP }],
  ['a script', { kind: 'element', tag: ['script', 'src'], path: '/v1/tenants' }],
  ['a frame', { kind: 'element', tag: ['iframe', 'src'], path: `${WHATSAPP}/activities` }],
  ['an object', { kind: 'element', tag: ['object', 'data'], path: '/sessions' }],
  ['a GET form', { kind: 'form', method: 'GET', path: WHATSAPP }],
  ['a form', { kind: 'form', path: COMMENTS, fields: { comment: 'forged' } }],
  ['a text form', { kind: 'form', encoding: 'text/plain', path: COMMENTS, fields: comment }],
  [
    'a multipart form',
    { kind: 'form', encoding: 'multipart/form-data', path: COMMENTS, fields: { comment: 'forged' } },
  ],
  ['a sign-in form', { kind: 'form', encoding: 'text/plain', path: '/session', fields: credentials }],
  ['an opaque fetch', { kind: 'fetch', path: WHATSAPP, init: { mode: 'no-cors' } }],
  [
    'an opaque POST by fetch',
    { kind: 'fetch', path: COMMENTS, init: { mode: 'no-cors', method: 'POST', ...jsonText } },
  ],
  ['a fetch', { kind: 'fetch', path: WHATSAPP }],
  ['a fetch with the CSRF header', { kind: 'fetch', path: WHATSAPP, init: { headers: csrf } }],
  [
    'a POST of JSON by fetch',
    {
      kind: 'fetch',
      path: COMMENTS,
      init: { method: 'POST', body: '{"comment":"forged"}', headers: { 'content-type': 'application/json' } },
    },
  ],
  ['a DELETE by fetch', { kind: 'fetch', path: WHATSAPP, init: { method: 'DELETE', headers: csrf } }],
  ['a sign-out by fetch', { kind: 'fetch', path: '/session', init: { method: 'DELETE', headers: csrf } }],
];

const PAGE = readFileSync(join(import.meta.dirname, 'hostile-page.html'));

describeWithChromium('a hostile page', () => {
  let frontend: HostedFrontend;
  let hostile: Server;
  let bff: Bff;
  let chromium: Browser;
  beforeAll(async () => {
    frontend = await HostedFrontend.start();
    const { origin } = frontend;
    bff = await startBff({
      environment: { BFF_FRONTENDS: JSON.stringify([{ name: 'console', class: 'internal', origin }]) },
    });
    frontend.servicePort = bff.port;
    hostile = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE);
    });
    hostile.listen(0, '127.0.0.1');
    await once(hostile, 'listening');
    chromium = await launchChromium();
  }, 60_000);
  afterAll(async () => {
    await chromium.close();
    hostile.close();
    await frontend.close();
    await bff.close();
  });

  /** The JSON response that a script of the frontend receives. */
  const call = (page: Page, method: string, path: string, body?: object): Promise<unknown> =>
    page.evaluate(
      async ([method, path, body]) => {
        const headers = { 'X-CSRF': '1', ...(body !== null && { 'content-type': 'application/json' }) };
        const response = await fetch(path, { method, headers, body });
        return response.json();
      },
      [method, path, body === undefined ? null : JSON.stringify(body)] as const,
    );

  const cookiesOf = async (context: BrowserContext): Promise<readonly string[]> =>
    (await context.cookies(frontend.origin)).map(({ name, value }) => `${name}=${value}`).sort();

  describe.each<[place: string, host: string, sendsSession: boolean]>([
    ['another site', '127.0.0.1', false],
    // SameSite does not keep the session cookie out of its requests.
    ['another origin of the same site', 'localhost', true],
  ])('on %s', (_, host, sendsSession) => {
    let context: BrowserContext;
    let own: Page;
    let page: Page;
    let before: { readonly session: unknown; readonly cookies: readonly string[] };
    beforeAll(async () => {
      context = await chromium.newContext();
      own = await context.newPage();
      await own.goto(`${frontend.origin}/app`);
      const { email, password } = the.editor;
      await call(own, 'POST', '/session', { email, password });
      before = { session: await call(own, 'GET', '/session'), cookies: await cookiesOf(context) };
      page = await context.newPage();
      await page.goto(`http://${host}:${(hostile.address() as AddressInfo).port}/`);
      bff.turnClock(1_000);
    });
    afterAll(() => context.close());

    const expectNoEffect = async (): Promise<void> => {
      expect(bff.sinch.all.requests).toEqual([]);
      expect({
        session: await call(own, 'GET', '/session'),
        cookies: await cookiesOf(context),
      }).toEqual(before);
    };
    afterEach(async () => {
      await expectNoEffect();
      bff.sinch.reset();
    });

    it.each(attempts)('%s is rejected with 403 and has no effect (CSR-10)', async (_what, attempt) => {
      frontend.served.length = 0;
      const expression = `attempt(...${JSON.stringify([frontend.origin, attempt])})`;
      expect(await page.evaluate(expression)).toMatch(/opaque|blocked/);
      expect(frontend.served).not.toEqual([]);
      expect(frontend.served.filter(({ status }) => status !== 403)).toEqual([]);
      const isPreflight = frontend.served.every(({ method }) => method === 'OPTIONS');
      const withSession = frontend.served.filter(({ cookies }) => cookies.includes(`${SESSION}=`));
      expect(withSession.length > 0).toBe(sendsSession && !isPreflight);
    });

    it('a form that replaces the page is rejected with 403 and has no effect (CSR-10)', async () => {
      frontend.served.length = 0;
      const address = frontend.origin + COMMENTS;
      await page.setContent(
        `<form method="post" enctype="text/plain" action="${address}"><button>Win</button></form>`,
      );
      const loaded = page.waitForResponse(address);
      await page.click('button');
      expect((await loaded).status()).toBe(403);
      expect(frontend.served.map(({ status }) => status)).toEqual([403]);
    });
  });
});
