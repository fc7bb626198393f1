import { type AuditRecord } from '@bff/audit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { entriesOf, userOf } from '../support/administering.js';
import { type Answer, type Browser } from '../support/browser.js';
import { REASON } from '../support/elevating.js';
import { eventually } from '../support/eventually.js';
import { perform } from '../support/forwarding.js';
import { the } from '../support/the.js';
import { CodesFixture, ELEVATION } from './codes-fixture.js';

let fixture: CodesFixture;
beforeAll(async () => {
  fixture = await CodesFixture.start();
});
afterAll(() => fixture.close());
afterEach(() => fixture.endTest());

describe('the audit log', () => {
  const auditLog = async (answer: Answer): Promise<readonly AuditRecord[]> => {
    const reader = await fixture.admin();
    // A rejection is audited after its response is finished, possibly after the browser has received it.
    return eventually(
      async () => {
        const events = await entriesOf<AuditRecord>(reader, '/v1/admin/audit');
        expect(JSON.stringify(events)).not.toMatch(/canary|JBSWY3DP|KRSXG5CT/);
        const found = events.filter(({ requestId }) => requestId === answer.headers['x-request-id']);
        expect(found).not.toEqual([]);
        return found;
      },
      { withinMs: 5_000 },
    );
  };
  const actor = async (who: { readonly email: string }): Promise<object> => ({
    kind: 'user',
    id: (await userOf(await fixture.admin(), who.email)).id,
  });

  it.each<[what: string, tenantId: string | null]>([
    ['a tenant', 'acme'],
    ['administration', null],
  ])('names the admin and the reason of an elevation for %s (ELV-04, ELV-10)', async (_, tenantId) => {
    const code = fixture.freshCode();
    const answer = await fixture.elevate(await fixture.admin(), {
      code,
      ...(tenantId !== null && { tenantId }),
    });
    const events = await auditLog(answer);
    expect(events).toMatchObject([
      {
        ...{ event: 'elevation.begun', outcome: 'success', actor: await actor(the.admin) },
        ...{ tenantId, reason: REASON, elevationId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
      },
    ]);
    expect(JSON.stringify(events)).not.toContain(code);
  });

  it.each<[code: string, who: 'admin' | 'editor', ask: (browser: Browser, code: string) => Promise<Answer>]>([
    ['bff_elevation_refused', 'admin', (browser) => fixture.elevate(browser, { code: fixture.wrongCode() })],
    [
      'bff_too_many_attempts',
      'admin',
      async (browser, code) => {
        await fixture.failTimes(10, await fixture.admin());
        return fixture.elevate(browser, { code });
      },
    ],
    [
      'bff_tenant_not_found',
      'admin',
      (browser, code) => fixture.elevate(browser, { code, tenantId: 'nowhere' }),
    ],
    ['bff_elevation_required', 'admin', (browser) => perform(browser, 'account.get', 'summit')],
    ['bff_role_required', 'editor', (browser, code) => fixture.elevate(browser, { code })],
    ['bff_role_required', 'editor', (browser) => browser.delete(ELEVATION)],
  ])('contains the rejection %s of the %s', async (errorCode, who, ask) => {
    const browser = await fixture.bff.signedIn(the[who], 'admin');
    const code = fixture.freshCode();
    const answer = await ask(browser, code);
    expect(answer.json).toMatchObject({ errorCode });
    const events = await auditLog(answer);
    expect(events).toMatchObject([
      {
        ...{ event: 'access.denied', outcome: 'refused', actor: await actor(the[who]) },
        details: { errorCode },
      },
    ]);
    expect(JSON.stringify(events)).not.toMatch(
      new RegExp(`(?<![0-9a-f])(${code}|314159|271828)(?![0-9a-f])`),
    );
  });
});
