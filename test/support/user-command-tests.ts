import { describe, expect, it } from '@jest/globals';
import { type CommandFixture, firstOf, withInput } from './command-fixture.js';
import { codeAt, REASON } from './elevating.js';
import { expectProblem } from './forwarding.js';
import { type Outcome } from './run-command.js';

/**
 * The tests of `bff users`, which leave the user `ann@acme.example` and the admin `root@bff.example` behind.
 */
export function describeUserCommands(fixture: () => CommandFixture, withService: boolean): void {
  describe('bff users', () => {
    it('create generates a password, which is shown only once and signs in', async () => {
      const outcome = await fixture().bff(['users', 'create', 'ann@acme.example', '--name', 'Ann']);
      expect([outcome.code, outcome.error]).toEqual([0, '']);
      expect(outcome.lines).toHaveLength(2);
      expect(firstOf(outcome)).toMatchObject({
        ...{ email: 'ann@acme.example', name: 'Ann', role: 'user', disabled: false },
        ...{ hasPassword: true, hasSecondFactor: false, memberships: [] },
      });
      const [, password = ''] =
        /^The password of ann@acme\.example, shown only once: (\S{20,})$/.exec(outcome.lines[1] ?? '') ?? [];
      expect((await fixture().signIn('ann@acme.example', password)).status).toBe(201);
      expect((await fixture().bff(['users', 'show', 'ann@acme.example'])).lines.join()).not.toContain(
        password,
      );
      expect((await fixture().bff(['users', 'list'])).lines.join()).not.toContain(password);
    });

    it('create reads a password from standard input, and can create admins', async () => {
      const args = ['users', 'create', '--email', 'root@bff.example', '--admin', '--password-stdin'];
      const outcome = await fixture().bff(args, 'root-canary-password\n');
      expect([outcome.code, outcome.lines.length]).toEqual([0, 1]);
      expect(firstOf(outcome)).toMatchObject({
        email: 'root@bff.example',
        name: 'root@bff.example',
        role: 'admin',
      });
      expect((await fixture().signIn('root@bff.example', 'root-canary-password')).status).toBe(201);
    });

    it('create can create a user of an OpenID provider, without a password', async () => {
      const args = [
        'users',
        'create',
        'idp@acme.example',
        '--issuer',
        'https://id.example',
        '--subject',
        's-1',
      ];
      expect(await fixture().record(args)).toMatchObject({
        ...{ hasPassword: false, identity: { issuer: 'https://id.example', subject: 's-1' } },
      });
    });

    let people: Outcome | undefined;
    it.each(
      withInput([
        ['create without an address', ['create'], 2, /specify the user/],
        [
          'create with half an identity',
          ['create', 'x@y.example', '--issuer', 'https://id.example'],
          2,
          /--subject/,
        ],
        ['create of an address that is taken', ['create', 'ann@acme.example'], 1, /bff_conflict/],
        [
          'create of an address that is taken in another case',
          ['create', 'ANN@acme.example'],
          1,
          /bff_conflict/,
        ],
        ['create with an invalid address', ['create', 'ann'], 2, /^email must be/],
        ['create with an empty password', ['create', 'x@y.example', '--password-stdin'], 2, /standard input/],
        [
          'create with a short password',
          ['create', 'x@y.example', '--password-stdin'],
          2,
          /12 to 1024 characters/,
          'short',
        ],
        ['show of an unknown user', ['show', 'no@body.example'], 1, /bff_not_found/],
        ['role of an unknown user', ['role', 'no@body.example', 'admin'], 1, /bff_not_found/],
        ['role with an unknown role', ['role', 'ann@acme.example', 'king'], 2, /Allowed choices/],
        ['role without a role', ['role', 'ann@acme.example'], 2, /missing required argument/],
        [
          'role of the last admin',
          ['role', 'root@bff.example', 'user'],
          1,
          /bff_conflict: .*last active admin/,
        ],
        [
          'disable of the last admin',
          ['disable', 'root@bff.example'],
          1,
          /bff_conflict: .*last active admin/,
        ],
        ['remove of the last admin', ['remove', 'root@bff.example'], 1, /bff_conflict: .*last active admin/],
        ['password without one', ['password', 'ann@acme.example'], 2, /standard input/],
        ['totp of an unknown user', ['totp', 'no@body.example'], 1, /bff_not_found/],
        [
          'grant on an unknown tenant',
          ['grant', 'ann@acme.example', 'nowhere', 'viewer'],
          1,
          /bff_tenant_not_found/,
        ],
        ['revoke on an unknown tenant', ['revoke', 'ann@acme.example', 'nowhere'], 1, /bff_tenant_not_found/],
        ['remove of an unknown user', ['remove', 'no@body.example'], 1, /bff_not_found/],
      ]),
    )('rejects %s', async (_, args, code, error, input) => {
      people ??= await fixture().bff(['users', 'list']);
      const outcome = await fixture().bff(['users', ...args], input);
      expect(outcome.code).toBe(code);
      expect(outcome.error).toMatch(error);
      expect(outcome.error).not.toMatch(/^\s+at /m);
      expect(outcome.lines).toEqual([]);
      expect(await fixture().bff(['users', 'list'])).toEqual(people);
    });

    it('disable ends the sessions of a user and prevents new ones, and enable permits them again', async () => {
      await fixture().bff(['users', 'password', 'ann@acme.example'], 'ann-canary-password');
      await fixture().withBrowsers(async (browserAt) => {
        const browser = browserAt('console');
        await browser.signIn({ email: 'ann@acme.example', password: 'ann-canary-password' });
        if (withService) {
          expect(await fixture().record(['users', 'disable', 'ann@acme.example'])).toMatchObject({
            disabled: true,
          });
          expectProblem(await browser.get('/session'), 401, 'bff_session_required');
        }
      });
      await fixture().bff(['users', 'disable', 'ann@acme.example']);
      expect((await fixture().signIn('ann@acme.example', 'ann-canary-password')).status).toBe(401);
      expect(await fixture().record(['users', 'enable', 'ann@acme.example'])).toMatchObject({
        disabled: false,
      });
      expect((await fixture().signIn('ann@acme.example', 'ann-canary-password')).status).toBe(201);
    });

    it('password replaces the password, and the old one is rejected', async () => {
      const outcome = await fixture().bff(
        ['users', 'password', 'ann@acme.example'],
        'ann-canary-password-2\r\n',
      );
      expect(outcome.code).toBe(0);
      expect((await fixture().signIn('ann@acme.example', 'ann-canary-password')).status).toBe(401);
      expect((await fixture().signIn('ann@acme.example', 'ann-canary-password-2')).status).toBe(201);
    });

    it('role grants and revokes the role of admin', async () => {
      expect(await fixture().record(['users', 'role', 'ann@acme.example', 'admin'])).toMatchObject({
        role: 'admin',
      });
      expect(await fixture().record(['users', 'role', 'ann@acme.example', 'user'])).toMatchObject({
        role: 'user',
      });
    });

    it('totp shows a QR code, a URI and the secret once, and its code elevates (ELV-07)', async () => {
      const { code, lines, error } = await fixture().bff(['users', 'totp', 'root@bff.example']);
      expect([code, error]).toEqual([0, '']);
      const uri = lines.at(-2) ?? '';
      const secret = /: ([A-Z2-7]{32})$/.exec(lines.at(-1) ?? '')?.[1] ?? '';
      expect(uri).toMatch(/^otpauth:\/\/totp\/.*root%40bff\.example\?/);
      expect(new URL(uri).searchParams.get('secret')).toBe(secret);
      const picture = lines.slice(0, -2);
      expect(picture.length).toBeGreaterThan(15);
      expect(new Set(picture.map((line) => [...line].length)).size).toBe(1);
      expect(picture.join('')).toMatch(/^[█▀▄ ]+$/);
      const elevated = await fixture().withBrowsers(async (browserAt) => {
        const browser = browserAt('admin');
        await browser.signIn({ email: 'root@bff.example', password: 'root-canary-password' });
        return browser.post('/session/elevation', { code: codeAt(Date.now(), 0, secret), reason: REASON });
      });
      expect(elevated.status).toBe(200);
      const afterwards = [
        await fixture().bff(['users', 'show', 'root@bff.example']),
        await fixture().bff(['users', 'list']),
        await fixture().bff(['audit', 'export']),
      ];
      expect(firstOf(afterwards[0] as Outcome)).toMatchObject({ hasSecondFactor: true });
      expect(afterwards.flatMap(({ lines }) => lines).filter((line) => line.includes(secret))).toEqual([]);
      const again = await fixture().bff(['users', 'totp', 'root@bff.example']);
      expect(again.lines.join()).not.toContain(secret);
    });
  });
}
