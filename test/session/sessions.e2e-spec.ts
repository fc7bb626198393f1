import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser } from '../support/browser.js';
import { expectNoSecrets, expectProblem } from '../support/forwarding.js';
import { expectNothingAsked, withoutIds } from '../support/raw-answer.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

const COOKIE = '__Host-bff-session';
const withoutPassword = {
  email: 'oidc@acme.example',
  name: 'O Idc',
  identity: { issuer: 'https://idp.example', subject: 'oidc-1' },
  memberships: [{ tenant: 'acme', role: 'editor' }],
};

let bff: Bff;
beforeAll(async () => {
  bff = await startBff({
    directory: { ...the.directory, users: [...the.directory.users, withoutPassword] },
  });
});
afterAll(() => bff.close());
afterEach(() => expectNothingAsked(bff.sinch));

const ticketOf = (browser: Browser): string => browser.cookies.get(COOKIE) ?? '';
const statusOf = async (browser: Browser): Promise<number> => (await browser.get('/session')).status;

/** Another client with the same cookie on the same frontend. */
function copyOf(browser: Browser): Browser {
  const copy = bff.browser();
  copy.setCookie(COOKIE, ticketOf(browser));
  return copy;
}

describe('signing in', () => {
  it('is answered with 201 and the session document', async () => {
    const answer = await bff.browser().signIn(the.editor);
    const iso = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as unknown;
    const uuid = expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown;
    const entry = ({ id, name, environment, plane }: typeof the.bare): object => {
      return { id, name, environment, plane, role: 'editor' };
    };
    expect(answer.json).toEqual({
      id: uuid,
      user: { id: uuid, email: 'editor@acme.example', name: 'Ed Itor', role: 'user' },
      frontend: { name: 'console', class: 'internal' },
      tenants: [the.acme, the.bare, the.harbour, the.lantern].map(entry),
      elevation: null,
      createdAt: iso,
      idleExpiresAt: iso,
      absoluteExpiresAt: iso,
    });
  });

  it('sets the session cookie with exactly the specified attributes (SES-02)', async () => {
    const answer = await bff.browser().signIn(the.editor);
    const [line = '', ...others] = answer.headers['set-cookie'] ?? [];
    const [pair = '', ...attributes] = line.split('; ');
    expect(others).toEqual([expect.stringMatching(/^__Host-bff-browser=/)]);
    expect(pair).toMatch(/^__Host-bff-session=[A-Za-z0-9_-]{43}$/);
    expect(attributes.sort()).toEqual(['HttpOnly', 'Path=/', 'SameSite=Strict', 'Secure']);
  });

  it('issues a separate ticket for each session', async () => {
    const tickets = [await bff.signedIn(the.editor), await bff.signedIn(the.editor)].map(ticketOf);
    expect(new Set(tickets).size).toBe(2);
  });

  it('gives each of several simultaneous callers their own session', async () => {
    const people = [the.editor, the.viewer, the.partner, the.admin];
    const answers = await Promise.all(people.map((person) => bff.browser().signIn(person)));
    const known = answers.map(({ json }) => (json as { user: { email: string } }).user.email);
    expect(known).toEqual(people.map(({ email }) => email));
  }, 5_000);

  it('rejects a wrong password while the right one of the same user is checked', async () => {
    const right = bff.browser().post('/session', { email: the.admin.email, password: the.admin.password });
    const wrong = bff.browser().post('/session', { email: the.admin.email, password: 'wrong' });
    expect((await right).status).toBe(201);
    expectProblem(await wrong, 401, 'bff_invalid_credentials');
  }, 5_000);

  it.each(['EDITOR@ACME.EXAMPLE', 'Editor@acme.Example'])('accepts %s in any case', async (email) => {
    const answer = await bff.browser().signIn({ ...the.editor, email });
    expect(answer.json).toMatchObject({ user: { email: 'editor@acme.example' } });
  });

  it('never adopts a ticket that the browser presents (SES-04, SES-05)', async () => {
    const presented = 'A'.repeat(43);
    const browser = bff.browser();
    browser.setCookie(COOKIE, presented);
    await browser.signIn(the.editor);
    expect(ticketOf(browser)).not.toBe(presented);
    browser.setCookie(COOKIE, presented);
    expect(await statusOf(browser)).toBe(401);
  });

  it.each([the.editor, the.viewer])(
    'as $email ends the earlier session of the browser (SES-05)',
    async (next) => {
      const browser = await bff.signedIn(the.editor);
      const old = copyOf(browser);
      await browser.signIn(next);
      expect(await statusOf(browser)).toBe(200);
      expect(await statusOf(old)).toBe(401);
    },
  );

  it('keeps the earlier session of the browser when it fails', async () => {
    const browser = await bff.signedIn(the.editor);
    const before = ticketOf(browser);
    const answer = await browser.post('/session', { email: the.viewer.email, password: 'wrong' });
    expectProblem(answer, 401, 'bff_invalid_credentials');
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(ticketOf(browser)).toBe(before);
    expect((await browser.get('/session')).json).toMatchObject({ user: { email: the.editor.email } });
  });

  it('gets the same bytes for an unknown user, a wrong password and a user without one', async () => {
    const first = await bff.browser().post('/session', { email: the.editor.email, password: 'wrong' });
    for (const body of [
      { email: 'nobody@acme.example', password: 'wrong' },
      { email: withoutPassword.email, password: 'wrong' },
      { email: 'no address at all', password: the.editor.password },
      { email: '__proto__', password: '\u0000' },
      { email: ' editor@acme.example', password: the.editor.password },
      { email: the.editor.email, password: `${the.editor.password} ` },
    ]) {
      const failure = await bff.browser().post('/session', body);
      expectProblem(failure, 401, 'bff_invalid_credentials');
      expect(failure.headers['set-cookie']).toBeUndefined();
      expect(withoutIds(failure)).toBe(withoutIds(first));
      expect(Object.keys(failure.headers)).toEqual(Object.keys(first.headers));
    }
  });

  it.each<[what: string, body: unknown]>([
    ['no members', {}],
    ['no password', { email: the.editor.email }],
    ['an empty password', { email: the.editor.email, password: '' }],
    ['null', { email: the.editor.email, password: null }],
    ['a number', { email: 1, password: the.editor.password }],
    ['a list', { email: [the.editor.email], password: the.editor.password }],
    ['an unknown member', { ...{ email: the.editor.email, password: the.editor.password }, role: 'admin' }],
    ['a list as body', [{ email: the.editor.email, password: the.editor.password }]],
  ])('rejects %s with 400, without a cookie (VAL-01)', async (_, body) => {
    const answer = await bff.browser().post('/session', body);
    expectProblem(answer, 400, 'bff_invalid_input');
    expect(answer.headers['set-cookie']).toBeUndefined();
  });
});

describe('signing out', () => {
  const cleared = (answer: { headers: NodeJS.Dict<string | string[]> }): void => {
    expect(answer.headers['clear-site-data']).toBe('"cache", "storage"');
    const [line = '', ...others] = answer.headers['set-cookie'] ?? [];
    expect(others).toEqual([]);
    const [pair, ...attributes] = line.split('; ');
    expect(pair).toBe(`${COOKIE}=`);
    expect(attributes).toEqual(
      expect.arrayContaining(['HttpOnly', 'Path=/', 'SameSite=Strict', 'Secure', 'Max-Age=0']),
    );
  };

  it('ends the session at once, for a copied cookie too (SES-12, SES-16, SES-17)', async () => {
    const browser = await bff.signedIn(the.editor);
    const copy = copyOf(browser);
    const answer = await browser.delete('/session');
    expect([answer.status, answer.text]).toEqual([204, '']);
    cleared(answer);
    expect([...browser.cookies.keys()]).toEqual(['__Host-bff-browser']);
    expect(await statusOf(copy)).toBe(401);
    expectProblem(await copy.get('/v1/tenants/acme/whatsapp'), 401, 'bff_session_required');
  });

  it.each(['', `${COOKIE}=${'A'.repeat(43)}`, `${COOKIE}=x; ${COOKIE}=y`])(
    'is answered with 204 without a session too: cookie "%s" (SES-16)',
    async (cookie) => {
      const answer = await bff.browser().delete('/session', undefined, { ...(cookie && { cookie }) });
      expect([answer.status, answer.text]).toEqual([204, '']);
      cleared(answer);
    },
  );

  it('ends nothing on another frontend', async () => {
    const browser = await bff.signedIn(the.editor);
    const onAdmin = bff.browser('admin');
    onAdmin.setCookie(COOKIE, ticketOf(browser));
    expect((await onAdmin.delete('/session')).status).toBe(204);
    expect(await statusOf(browser)).toBe(200);
  });

  it('is rejected without the CSRF header', async () => {
    const browser = await bff.signedIn(the.editor);
    const answer = await browser.delete('/session', undefined, { 'x-csrf': undefined });
    expectProblem(answer, 403, 'bff_csrf_header_required');
    expect(answer.headers['clear-site-data']).toBeUndefined();
    expect(await statusOf(browser)).toBe(200);
  });
});

it('no response about sessions contains a ticket or a secret (SES-11)', async () => {
  const browser = bff.browser();
  const answers = [await browser.signIn(the.admin)];
  for (const path of ['/session', '/sessions', '/v1/tenants']) answers.push(await browser.get(path));
  for (const answer of answers) {
    expect(answer.text).not.toContain(ticketOf(browser));
    expectNoSecrets(answer);
  }
});
