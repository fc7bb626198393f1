import { type AuditRecord } from '@bff/audit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { AuditLogReader } from '../support/audit-log-reader.js';
import { type Answer } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { expectProblem } from '../support/forwarding.js';
import { type Misdeed } from '../support/openid/hostile-provider.js';
import { answerOf, FailuresFixture } from './failures-fixture.js';

let fixture: FailuresFixture;
beforeAll(async () => {
  fixture = await FailuresFixture.start();
});
afterAll(() => fixture.close());
afterEach(() => fixture.endTest());

describe('the response to a failed sign-in at a provider', () => {
  it.each<[what: string, misdeed: Misdeed, detail: RegExp]>([
    ['the user cancelled', { callback: { error: 'access_denied', code: null } }, /cancelled or denied/],
    ['no user has the identity', { claims: { sub: 'nobody' } }, /no active account here/],
    ['the user is disabled', { claims: { sub: 'gone' } }, /no active account here/],
    ['the state is unknown', { callback: { state: 'another' } }, /more than ten minutes/],
    ['the signature is invalid', { signature: 'unknown key' }, /could not be completed/],
    ['the provider rejects the client', answerOf(401, { error: 'invalid_client' }), /is invalid/],
  ])('names the reason, and neither e-mail addresses nor passwords, if %s', async (_, misdeed, detail) => {
    const problem = (await fixture.signIn(misdeed)).json as {
      readonly detail: string;
      readonly resolution: string;
    };
    expect(problem.detail).toMatch(detail);
    expect(`${problem.detail} ${problem.resolution}`).not.toMatch(/password|e-mail/i);
  });
});

describe('a failed sign-in at a provider is audited', () => {
  let auditLog: AuditLogReader;
  beforeAll(async () => {
    auditLog = await AuditLogReader.of(fixture.bff);
  });

  const eventOf = (answer: Answer): Promise<AuditRecord> =>
    eventually(
      async () => {
        const events = await auditLog.ofRequest(answer);
        expect(events).toHaveLength(1);
        return events[0] as AuditRecord;
      },
      { withinMs: 5_000 },
    );

  const from = { session: null, clientAddress: '127.0.0.1', outcome: 'refused' };

  it('with a keyed hash of an identity that no user has', async () => {
    const failedAs = async (sub: string): Promise<AuditRecord> => {
      const answer = await fixture.signIn({ claims: { sub } });
      expectProblem(answer, 401, 'bff_invalid_credentials');
      return eventOf(answer);
    };
    const [one, again, other] = [
      await failedAs('canary-one'),
      await failedAs('canary-one'),
      await failedAs('canary-other'),
    ];
    expect(one).toMatchObject({
      ...from,
      event: 'session.sign-in-failed',
      actor: { kind: 'anonymous', id: null },
      frontend: 'console',
      tenantId: null,
      details: { method: 'openid', account: expect.stringMatching(/^[\w-]{16}$/) as unknown },
    });
    expect(again.details).toEqual(one.details);
    expect(other.details).not.toEqual(one.details);
    expect(JSON.stringify([one, again, other])).not.toContain('canary');
  });

  it('with the account of a disabled user and the address of the client', async () => {
    expect(await eventOf(await fixture.signIn({ claims: { sub: 'gone' } }))).toMatchObject({
      ...from,
      event: 'session.sign-in-failed',
      actor: auditLog.actor('gone@acme.example'),
      frontend: 'console',
      details: { method: 'openid' },
    });
  });

  it('as a denial of the user whose step-up the provider did not confirm', async () => {
    const answer = await fixture.stepUp({ tenantId: 'summit' });
    expectProblem(answer, 403, 'bff_elevation_refused');
    expect(await eventOf(answer)).toMatchObject({
      ...from,
      event: 'access.denied',
      actor: auditLog.actor('staff@acme.example'),
      frontend: 'admin',
      tenantId: 'summit',
      details: { operation: 'session.callback', errorCode: 'bff_elevation_refused' },
    });
  });
});
