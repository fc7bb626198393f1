import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Answer, type Browser } from '../support/browser.js';
import { expectProblem } from '../support/forwarding.js';
import { askRaw, expectNothingAsked } from '../support/raw-answer.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

let bff: Bff;
let browser: Browser;
let cookie: string;
beforeAll(async () => {
  bff = await startBff();
  browser = await bff.signedIn(the.editor);
  cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
});
afterAll(() => bff.close());
beforeEach(() => bff.sinch.reset());

/** Requests a target that an HTTP client would not send. */
const askFor = (target: string, method = 'GET'): Promise<Answer> =>
  askRaw(bff.port, [
    ...[`${method} ${target} HTTP/1.1`, 'Host: console.bff.test', 'X-CSRF: 1', `Cookie: ${cookie}`],
    'Connection: close',
  ]);

describe('a path is matched as sent (PRX-02, PRX-03)', () => {
  it.each([
    ...['/v1/tenants%2Facme/whatsapp', '/v1/tenants/acme%2fwhatsapp', '/v1%2ftenants%2facme%2fwhatsapp'],
    ...['/v1/tenants/acme%252Fwhatsapp', '/v1/tenants/%61cme/whatsapp', '/v1/tenants/%2561cme/whatsapp'],
    ...['/v1/tenants/orchard/../acme/whatsapp', '/v1/tenants/./acme/whatsapp', '/v1/tenants/acme/./whatsapp'],
    ...['/v1/tenants/acme/x/../whatsapp', '/../v1/tenants/acme/whatsapp', '/./v1/tenants/acme/whatsapp'],
    ...[
      '/v1/tenants/acme/whatsapp/.',
      '/v1/tenants/acme/whatsapp/..',
      '/v1/tenants/acme/whatsapp/../whatsapp',
    ],
    ...[
      '/v1/tenants/%2e%2e/tenants/acme/whatsapp',
      '/v1/tenants/%2E/acme/whatsapp',
      '/v1/tenants/acme/%2e/whatsapp',
    ],
    ...['/v1/tenants/.%2e/tenants/acme/whatsapp', '/v1/tenants/%252e%252e/tenants/acme/whatsapp'],
    ...[
      '/v1/tenants/..;/tenants/acme/whatsapp',
      '/v1/tenants/acme;x=1/whatsapp',
      '/v1/tenants/acme/whatsapp;x=1',
    ],
    ...[
      '/v1/tenants/acme/whatsapp;',
      '/v1/tenants/acme/whatsapp%3bx',
      '/v1/tenants/acme/whatsapp#x',
      '/session#',
    ],
    ...['/v1/tenants/acme/whatsapp%23x', '/v1/tenants/acme/whatsapp#/../x', '/#/v1/tenants/acme/whatsapp'],
    ...['/v1/tenants\\acme\\whatsapp', '\\v1\\tenants\\acme\\whatsapp', '/v1/tenants/acme%5cwhatsapp'],
    ...[
      '/v1/tenants/..\\tenants\\acme/whatsapp',
      '/v1/tenants/acme/whatsapp\\',
      '/\\/v1/tenants/acme/whatsapp',
    ],
    ...['//v1/tenants/acme/whatsapp', '/v1//tenants/acme/whatsapp', '/v1/tenants//acme/whatsapp'],
    ...['/v1/tenants/acme//whatsapp', '/v1/tenants/acme/whatsapp//', '///session', '/v1/tenants//whatsapp'],
    ...['/v1/tenants/acme/whatsapp/', '/session/', '/sessions/', '/v1/tenants/', '/v1/tenants/acme/route/'],
    ...[
      '/v1/tenants/acme/whatsapp%00',
      '/v1/tenants/acme%00/whatsapp',
      '/v1/tenants/acme/whatsapp%0d%0aX-A:b',
    ],
    ...['/v1/tenants/acme%09/whatsapp', '/v1/tenants/acme/whatsapp%20', '/v1/tenants/%7f/whatsapp'],
    ...[
      '/v1/tenants/acme/whatsapp%',
      '/v1/tenants/acme/whatsapp%2',
      '/v1/tenants/acme%zz/whatsapp',
      '/%',
      '/%u0041',
    ],
    ...[
      '/v1/tenants/%c0%ae%c0%ae/acme/whatsapp',
      '/v1/tenants/%ff/whatsapp',
      '/v1/tenants/acme%c0%afwhatsapp',
    ],
    ...['/v1/tenants/acme/whatsapp\u00e9', '/v1/tenants/\u00ff/whatsapp', '/v1/tenants/acme/whatsapp%3Fx=1'],
    ...[
      '/v1/tenants/acme\u0000/whatsapp',
      '/v1/tenants/acme\u0001/whatsapp',
      '/v1/tenants/acme\u007f/whatsapp',
    ],
    ...['/v1/tenants/acme\t/whatsapp', '/v1/tenants/ac me/whatsapp', '/v1/tenants/acme\u000bwhatsapp'],
    ...[
      '/v1/tenants/acme|/whatsapp',
      '/v1/tenants/acme*/whatsapp',
      '/v1/tenants/*/whatsapp',
      '/v1/tenants/acme,orchard/whatsapp',
    ],
    ...[
      '/v1/tenants/.acme/whatsapp',
      '/v1/tenants/acme./whatsapp',
      '/v1/tenants/.../whatsapp',
      '/v1/tenants/:tenantId/whatsapp',
    ],
    ...['/v1/tenants/acme/whatsapp:get', '/v1/tenants/acme@/whatsapp', '/v1/tenants/acme/whatsapp.json'],
    ...['http://unknown.test/v1/tenants/acme/whatsapp', 'https://console.bff.test@unknown.test/session'],
    ...[
      'http://unknown.test',
      'unknown.test/session',
      'session',
      '?',
      '*',
      'file:///session',
      'http:///session',
    ],
  ])('%j is not a route', async (target) => {
    const answer = await askFor(target);
    expect([400, 404]).toContain(answer.status);
    expectProblem(answer, answer.status, (answer.json as { errorCode: string }).errorCode);
    expectNothingAsked(bff.sinch);
  });

  it.each(['DELETE', 'POST', 'PATCH', 'OPTIONS'])('%s is rejected for such paths too', async (method) => {
    for (const target of [
      '/v1/tenants/acme/whatsapp/',
      '/v1/tenants/acme/%77hatsapp',
      '//session',
      '/session#',
      '*',
    ]) {
      expectProblem(await askFor(target, method), 404, 'bff_route_not_found');
    }
    expectNothingAsked(bff.sinch);
    expect((await browser.get('/session')).status).toBe(200);
  });

  it('the plain path is served', async () => {
    expect((await askFor('/v1/tenants/acme/whatsapp')).status).toBe(200);
    expect((await askFor('/v1/tenants/acme/whatsapp?')).status).toBe(200);
  });
});
