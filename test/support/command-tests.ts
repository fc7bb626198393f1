import { type AuditRecord } from '@bff/audit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer } from './browser.js';
import { CommandFixture } from './command-fixture.js';
import { expectProblem } from './forwarding.js';
import { describeCredentialCommands, describeTenantCommands } from './tenant-command-tests.js';
import { type TestDatabase } from './test-database.js';
import { describeUserCommands } from './user-command-tests.js';

/**
 * The tests of the commands, executed by the called process or by a service that runs on the same directory.
 */
export function describeCommands(newDatabase: () => Promise<TestDatabase>, withService: boolean): void {
  let opened: CommandFixture;
  const fixture = (): CommandFixture => opened;
  beforeAll(async () => {
    opened = await CommandFixture.open(await newDatabase(), withService);
  });
  afterEach(() => opened.endTest());
  afterAll(() => opened.close());

  describeUserCommands(fixture, withService);
  describeTenantCommands(fixture);
  describeCredentialCommands(fixture);

  if (withService) {
    it('a command takes effect at the next request of the service', async () => {
      await opened.bff(['users', 'password', 'ann@acme.example'], 'ann-canary-password-3');
      await opened.withBrowsers(async (browserAt) => {
        const browser = browserAt('console');
        await browser.signIn({ email: 'ann@acme.example', password: 'ann-canary-password-3' });
        const account = (): Promise<Answer> => browser.get('/v1/tenants/alpha/whatsapp');
        expectProblem(await account(), 404, 'bff_tenant_not_found');
        await opened.bff(['users', 'grant', 'ann@acme.example', 'alpha', 'viewer']);
        expectProblem(await account(), 503, 'bff_upstream_unavailable');
        await opened.bff(['credentials', 'set', 'alpha', '--key-id', 'alpha-key'], 'alpha-canary-secret-2');
        expect((await account()).status).toBe(200);
        expect(opened.sinch.production.lastRequest.url).toBe('/v1/projects/p-alpha/whatsapp');
        expect(opened.sinch.allBut('production').requests).toEqual([]);
        await opened.bff(['tenants', 'update', 'alpha', '--project-id', 'p-alpha-2']);
        expect((await account()).status).toBe(200);
        expect(opened.sinch.production.lastRequest.url).toBe('/v1/projects/p-alpha-2/whatsapp');
        await opened.bff(['credentials', 'erase', 'alpha']);
        expectProblem(await account(), 503, 'bff_upstream_unavailable');
        await opened.bff(['users', 'revoke', 'ann@acme.example', 'alpha']);
        expectProblem(await account(), 404, 'bff_tenant_not_found');
        expect(opened.sinch.production.requests).toHaveLength(2);
        await opened.bff(['users', 'password', 'ann@acme.example'], 'ann-canary-password-4');
        expectProblem(await browser.get('/session'), 401, 'bff_session_required');
      });
    });
  }

  describe('bff audit', () => {
    it('records every change with the operator as actor, and verifies, exports and prunes', async () => {
      const exported = await opened.bff(['audit', 'export']);
      const events = exported.lines.map((line) => JSON.parse(line) as AuditRecord);
      const changes = events.filter(({ event }) => event === 'directory.changed');
      expect(changes.length).toBeGreaterThan(10);
      expect(new Set(changes.map(({ actor }) => actor.kind))).toEqual(new Set(['operator']));
      expect(new Set(changes.map(({ details }) => details['record']))).toEqual(
        new Set(['user', 'tenant', 'membership', 'credentials']),
      );
      const verified = await opened.bff(['audit', 'verify']);
      expect(verified).toEqual({
        code: 0,
        lines: [`verified ${events.length} events in 3 chains`],
        error: '',
      });
      const pruned = await opened.bff(['audit', 'prune', '--older-than-days', '0', '--force']);
      expect(pruned.lines).toHaveLength(4);
      expect(pruned.lines.at(-1)).toMatch(new RegExp(`^removed ${events.length} events from before `));
      // The event of the pruning, and at most one that a running service had batched.
      const left = (await opened.bff(['audit', 'verify'])).lines;
      expect(left).toEqual([expect.stringMatching(/^verified [12] events in 3 chains$/)]);
    });

    it.each([
      [[]],
      [['--older-than-days', 'many']],
      [['--older-than-days', '-1']],
      [['--older-than-days', '1.5']],
    ])('prune requires an integer number of days: %j exits with 2', async (options) => {
      const outcome = await opened.bff(['audit', 'prune', ...options]);
      expect([outcome.code, outcome.lines]).toEqual([2, []]);
    });
  });

  describe('bff remove commands', () => {
    it('tenants remove deletes a tenant with its credentials and memberships', async () => {
      await opened.bff(['users', 'grant', 'ann@acme.example', 'beta', 'viewer']);
      expect((await opened.bff(['tenants', 'remove', 'beta'])).lines).toEqual(['removed tenant beta']);
      expect((await opened.bff(['tenants', 'show', 'beta'])).error).toMatch(/bff_tenant_not_found/);
      expect(await opened.record(['users', 'show', 'ann@acme.example'])).toMatchObject({ memberships: [] });
    });

    it('users remove deletes a user, who can no longer sign in', async () => {
      await opened.bff(['users', 'password', 'ann@acme.example'], 'ann-canary-password-5');
      expect((await opened.signIn('ann@acme.example', 'ann-canary-password-5')).status).toBe(201);
      expect((await opened.bff(['users', 'remove', 'ann@acme.example'])).lines).toEqual([
        'removed user ann@acme.example',
      ]);
      expect((await opened.signIn('ann@acme.example', 'ann-canary-password-5')).status).toBe(401);
    });
  });

  it('no output contains a secret from the input (CRD-04, LOG-10)', () => {
    expect(opened.output.length).toBeGreaterThan(50);
    expect(opened.output.filter((line) => /canary|argon2|bff1\.|token-production/i.test(line))).toEqual([]);
  });
}
