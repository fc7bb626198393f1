import { describe, expect, it } from '@jest/globals';
import { type CommandFixture, tenantOptions, withInput } from './command-fixture.js';
import { type Outcome } from './run-command.js';

/** The tests of `bff tenants`, which leave the tenants `alpha` and `beta` behind. */
export function describeTenantCommands(fixture: () => CommandFixture): void {
  describe('bff tenants', () => {
    it('create, list, show and update work on the records of tenants', async () => {
      const created = await fixture().record(['tenants', 'create', 'alpha', ...tenantOptions('alpha')]);
      expect(created).toMatchObject({
        ...{
          id: 'alpha',
          name: 'The alpha',
          projectId: 'p-alpha',
          environment: 'production',
          plane: 'public',
        },
      });
      await fixture().record(['tenants', 'create', 'beta', ...tenantOptions('beta')]);
      const list = await fixture().bff(['tenants', 'list']);
      expect(list.lines.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual(['alpha', 'beta']);
      expect(await fixture().record(['tenants', 'show', 'alpha'])).toEqual(created);
      const changed = await fixture().record(['tenants', 'update', 'alpha', '--name', 'Alpha Group']);
      expect(changed).toMatchObject({ id: 'alpha', name: 'Alpha Group', projectId: 'p-alpha' });
    });

    let known: Outcome | undefined;
    it.each<[what: string, args: string[], code: number, error: RegExp]>([
      ['create of an id that is taken', ['create', 'alpha', ...tenantOptions('other')], 1, /bff_conflict/],
      ['create of a project that is taken', ['create', 'gamma', ...tenantOptions('beta')], 1, /bff_conflict/],
      ['create without details', ['create', 'gamma'], 2, /--name/],
      ['create with an invalid id', ['create', 'Gamma!', ...tenantOptions('gamma')], 2, /^id must/],
      ['show of an unknown tenant', ['show', 'nowhere'], 1, /bff_tenant_not_found/],
      ['update of an unknown tenant', ['update', 'nowhere', '--name', 'x'], 1, /bff_tenant_not_found/],
      [
        'update to an unknown environment',
        ['update', 'alpha', '--environment', 'moon'],
        2,
        /Allowed choices/,
      ],
      ['remove of an unknown tenant', ['remove', 'nowhere'], 1, /bff_tenant_not_found/],
    ])('rejects %s', async (_, args, code, error) => {
      known ??= await fixture().bff(['tenants', 'list']);
      const outcome = await fixture().bff(['tenants', ...args]);
      expect([outcome.code, outcome.lines]).toEqual([code, []]);
      expect(outcome.error).toMatch(error);
      expect(await fixture().bff(['tenants', 'list'])).toEqual(known);
    });

    it('grant creates a membership and changes its role, and revoke removes it', async () => {
      const memberships = async (): Promise<unknown> =>
        (await fixture().record(['users', 'show', 'ann@acme.example']))['memberships'];
      for (const role of ['viewer', 'editor']) {
        expect(await fixture().record(['users', 'grant', 'ann@acme.example', 'alpha', role])).toMatchObject({
          ...{ email: 'ann@acme.example', role },
        });
        expect(await memberships()).toEqual([{ tenant: 'alpha', role }]);
      }
      expect((await fixture().bff(['users', 'grant', 'ann@acme.example', 'alpha', 'king'])).code).toBe(2);
      expect((await fixture().bff(['users', 'revoke', 'ann@acme.example', 'alpha'])).code).toBe(0);
      expect(await memberships()).toEqual([]);
      expect((await fixture().bff(['users', 'revoke', 'ann@acme.example', 'alpha'])).error).toMatch(
        /bff_not_found/,
      );
    });
  });
}

/** The tests of `bff credentials`, on the tenant `alpha`. */
export function describeCredentialCommands(fixture: () => CommandFixture): void {
  describe('bff credentials', () => {
    const set = (...more: string[]): string[] => [
      'credentials',
      'set',
      'alpha',
      '--key-id',
      'alpha-key',
      ...more,
    ];

    it('set stores a secret from standard input if the token endpoint accepts it, and no command shows it (CRD-04)', async () => {
      const stored = await fixture().record(set(), 'alpha-canary-secret\n');
      expect(stored).toMatchObject({ scheme: 'oauth2', keyId: 'alpha-key', checked: true });
      const { headers, body } = fixture().sinch.tokens.production.lastRequest;
      const basic = Buffer.from('alpha-key:alpha-canary-secret').toString('base64');
      expect(`${headers.authorization ?? ''} ${body}`).toMatch(new RegExp(`${basic}|alpha-canary-secret`));
      expect(fixture().sinch.all.requests).toEqual([]);
      expect(await fixture().record(['credentials', 'show', 'alpha'])).toMatchObject({
        keyId: 'alpha-key',
        scheme: 'oauth2',
      });
    });

    it('set rejects credentials that the token endpoint rejects, and keeps the stored ones', async () => {
      const before = await fixture().record(['credentials', 'show', 'alpha']);
      fixture().sinch.tokens.production.answer({ status: 401, body: { error: 'invalid_client' } });
      const refused = await fixture().bff(set('--scheme', 'basic'), 'other-canary-secret');
      expect([refused.code, refused.lines]).toEqual([1, []]);
      expect(refused.error).toMatch(/bff_credentials_refused/);
      expect(await fixture().record(['credentials', 'show', 'alpha'])).toEqual(before);
    });

    it.each(
      withInput([
        ['set without a secret', set(), 2, /standard input/],
        ['set without a key id', ['credentials', 'set', 'alpha'], 2, /--key-id/, 's'],
        ['set of another scheme', set('--scheme', 'digest'), 2, /Allowed choices/, 's'],
        [
          'set for an unknown tenant',
          ['credentials', 'set', 'nowhere', '--key-id', 'k'],
          1,
          /bff_tenant_not_found/,
          's',
        ],
        ['show without credentials', ['credentials', 'show', 'beta'], 1, /bff_not_found/],
        ['check without credentials', ['credentials', 'check', 'beta'], 1, /bff_not_found/],
        ['erase without credentials', ['credentials', 'erase', 'beta'], 1, /bff_not_found/],
      ]),
    )('rejects %s', async (_, args, code, error, input) => {
      const outcome = await fixture().bff(args, input);
      expect([outcome.code, outcome.lines]).toEqual([code, []]);
      expect(outcome.error).toMatch(error);
      expect(fixture().sinch.tokens.production.requests).toEqual([]);
    });

    it('check reports whether the stored credentials are accepted, with exit 0 or 1', async () => {
      expect(await fixture().record(['credentials', 'check', 'alpha'])).toEqual({ ok: true });
      fixture().sinch.tokens.production.answer({ status: 401, body: { error: 'invalid_client' } });
      const refused = await fixture().bff(['credentials', 'check', 'alpha']);
      expect(refused.code).toBe(1);
      expect(refused.error).toMatch(/bff_credentials_refused/);
    });

    it('erase removes the credentials', async () => {
      expect((await fixture().bff(['credentials', 'erase', 'alpha'])).code).toBe(0);
      expect((await fixture().bff(['credentials', 'show', 'alpha'])).error).toMatch(/bff_not_found/);
    });
  });
}
