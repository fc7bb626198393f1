import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser } from '../support/browser.js';
import { expectProblem } from '../support/forwarding.js';
import { expectNothingAsked } from '../support/raw-answer.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

let bff: Bff;
beforeAll(async () => {
  bff = await startBff();
});
afterAll(() => bff.close());
afterEach(() => expectNothingAsked(bff.sinch));

const COOKIE = '__Host-bff-session';
const ticketOf = (browser: Browser): string => browser.cookies.get(COOKIE) ?? '';
const statusOf = async (browser: Browser): Promise<number> => (await browser.get('/session')).status;

describe('the session cookie', () => {
  it.each(['partners', 'admin', 'narrow'] as const)('does not authenticate on %s', async (frontend) => {
    const browser = await bff.signedIn(the.editor);
    const other = bff.browser(frontend);
    other.setCookie(COOKIE, ticketOf(browser));
    expectProblem(await other.get('/session'), 401, 'bff_session_required');
    expectProblem(await other.get('/v1/tenants/acme/whatsapp'), 401, 'bff_session_required');
    expect(await statusOf(browser)).toBe(200);
  });

  it.each<[what: string, cookie: (ticket: string) => string | string[]]>([
    ['twice in one header', (ticket) => `${COOKIE}=${ticket}; ${COOKIE}=${ticket}`],
    ['twice without a space', (ticket) => `${COOKIE}=${ticket};${COOKIE}=${ticket}`],
    ['in two headers', (ticket) => [`${COOKIE}=${ticket}`, `${COOKIE}=${ticket}`]],
    ['before an empty one', (ticket) => `${COOKIE}=${ticket}; ${COOKIE}=`],
    ['after a wrong one', (ticket) => `${COOKIE}=${'A'.repeat(43)}; a=b; ${COOKIE}=${ticket}`],
    ['in quotes', (ticket) => `${COOKIE}="${ticket}"`],
    ['percent-encoded', (ticket) => `${COOKIE}=%${ticket.charCodeAt(0).toString(16)}${ticket.slice(1)}`],
    ['cut short', (ticket) => `${COOKIE}=${ticket.slice(0, -1)}`],
    ['with a character after it', (ticket) => `${COOKIE}=${ticket}A`],
    ['under another name', (ticket) => `bff-session=${ticket}; X${COOKIE}=${ticket}`],
    ['under a name in other case', (ticket) => `${COOKIE.toLowerCase()}=${ticket}`],
    ['inside another value', (ticket) => `a=${COOKIE}=${ticket}`],
    ['comma separated', (ticket) => `a=b, ${COOKIE}=${ticket}`],
    ['empty', () => `${COOKIE}=`],
    ['without a value', () => COOKIE],
    ['of bytes outside ASCII', () => `${COOKIE}=\u00ff\u00fe`.padEnd(60, '\u00ff')],
    ['of path characters', () => `${COOKIE}=${'../'.repeat(15)}`],
    ['very long', () => `${COOKIE}=${'A'.repeat(8_000)}`],
    ['with the name __proto__', () => `${COOKIE}=__proto__; __proto__=x`],
  ])('%s is rejected with 401 (SES-04)', async (_, cookie) => {
    const browser = await bff.signedIn(the.editor);
    const headers = { cookie: cookie(ticketOf(browser)) };
    for (const path of ['/session', '/v1/tenants/acme/whatsapp']) {
      const answer = await bff.browser().get(path, undefined, headers);
      expectProblem(answer, 401, 'bff_session_required');
      expect(answer.headers['set-cookie']).toBeUndefined();
    }
    expect(await statusOf(browser)).toBe(200);
  });

  it('is found among other cookies', async () => {
    const ticket = ticketOf(await bff.signedIn(the.editor));
    const cookie = `a=${COOKIE}; ${COOKIE}x=1; ${COOKIE}=${ticket}; b="c d"`;
    expect((await bff.browser().get('/session', undefined, { cookie })).status).toBe(200);
  });
});
