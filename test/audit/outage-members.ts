import { type AuditRecord } from '@bff/audit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { requestIdOf } from '../support/audit-log-reader.js';
import { type Answer } from '../support/browser.js';
import { askElevation, codeAt, elevatedAdmin, REASON } from '../support/elevating.js';
import { eventually } from '../support/eventually.js';
import { expectProblem, operationTitles, perform } from '../support/forwarding.js';
import { type Bff } from '../support/start-bff.js';
import { the } from '../support/the.js';
import { type AuditOutage } from './audit-outage.js';

/** The behaviour of the service for members during an outage of the audit log. */
export function testMembersDuringOutage(start: () => Promise<AuditOutage>): void {
  let outage: AuditOutage;
  let bff: Bff;
  beforeAll(async () => {
    outage = await start();
    ({ bff } = outage);
  });
  afterEach(() => bff.sinch.reset());
  afterAll(() => bff.close());

  describe('a member (LOG-08)', () => {
    it.each(operationTitles)('receives the usual response: %s', async (title) => {
      const browser = await bff.signedIn(the.editor);
      const before = await perform(browser, title);
      const answer = await outage.during(() => perform(browser, title));
      expect(answer.status).toBe(before.status);
      expect(answer.status).toBeLessThan(300);
      const sent = bff.sinch.production.requests;
      expect(sent).toHaveLength(2);
      expect(sent[1]?.body).toBe(sent[0]?.body);
    });

    it('can read sessions and tenants, and sign out', async () => {
      const browser = await bff.signedIn(the.viewer);
      await outage.during(async () => {
        expect((await browser.get('/session')).status).toBe(200);
        expect((await browser.get('/v1/tenants')).status).toBe(200);
        expect((await browser.get('/v1/tenants/acme/route')).status).toBe(200);
        expectProblem(await browser.delete('/v1/tenants/acme/whatsapp'), 403, 'bff_role_required');
        expect((await browser.delete('/sessions')).status).toBe(204);
        expect((await browser.delete('/session')).status).toBe(204);
        expectProblem(await browser.get('/session'), 401, 'bff_session_required');
      });
    });

    it('of a public tenant who is an elevated admin can call it', async () => {
      const browser = await elevatedAdmin(bff, { tenantId: 'harbour' });
      const answer = await outage.during(() => browser.get('/v1/tenants/harbour/whatsapp'));
      expect(answer.status).toBe(200);
      expect(bff.sinch.allBut('staging').requests).toEqual([]);
    });
  });

  describe('after the outage', () => {
    /** Requests of a member during an outage, one minute apart. */
    async function requestsDuringOutage(): Promise<readonly { readonly id: string; readonly at: string }[]> {
      const done: { readonly id: string; readonly at: string }[] = [];
      const send = async (answer: Promise<Answer>): Promise<void> => {
        done.push({ id: requestIdOf(await answer), at: new Date(bff.now()).toISOString() });
        bff.turnClock(60_000);
      };
      const [browser, other] = [await bff.signedIn(the.viewer), await bff.signedIn(the.editor)];
      await outage.during(async () => {
        await send(browser.delete('/v1/tenants/acme/whatsapp'));
        await send(other.delete('/session'));
        await send(browser.get('/v1/admin/tenants'));
        await send(browser.delete('/session'));
      });
      return done;
    }
    const eventsOf = (done: readonly { readonly id: string }[]): Promise<readonly AuditRecord[]> =>
      eventually(
        async () => {
          const events = (await outage.events()).filter(({ requestId }) =>
            done.some(({ id }) => id === requestId),
          );
          expect(events).toHaveLength(done.length);
          return events.reverse();
        },
        { withinMs: 10_000 },
      );

    it('each action during the outage is audited once', async () => {
      const done = await requestsDuringOutage();
      const events = await eventsOf(done);
      expect(done.map(({ id }) => events.find(({ requestId }) => requestId === id)?.event)).toEqual([
        ...['access.denied', 'session.signed-out', 'access.denied', 'session.signed-out'],
      ]);
    });

    it('actions during the outage are audited in their order', async () => {
      const done = await requestsDuringOutage();
      expect((await eventsOf(done)).map(({ requestId }) => requestId)).toEqual(done.map(({ id }) => id));
    });

    it('actions during the outage are audited with their time', async () => {
      const done = await requestsDuringOutage();
      const events = await eventsOf(done);
      expect(done.map(({ id }) => events.find(({ requestId }) => requestId === id)?.at)).toEqual(
        done.map(({ at }) => at),
      );
    });

    it('each write of a member to the upstream during the outage is audited', async () => {
      const editor = await bff.signedIn(the.editor);
      const done: { readonly id: string }[] = [];
      await outage.during(async () => {
        for (let call = 0; call < 3; call += 1) {
          const answer = await editor.delete('/v1/tenants/acme/whatsapp');
          expect(answer.status).toBeLessThan(300);
          done.push({ id: requestIdOf(answer) });
        }
      });
      const events = await eventsOf(done);
      expect(events.map(({ event, outcome }) => [event, outcome])).toEqual(
        done.map(() => ['upstream.write', 'success']),
      );
    });

    it('buffered events are written without another request', async () => {
      const browser = await bff.signedIn(the.partner);
      const answer = await outage.during(() => browser.delete('/session'));
      const isWritten = `DO $$ BEGIN
        ASSERT (SELECT count(*) FROM audit_events WHERE record LIKE '%${requestIdOf(answer)}%') = 1;
      END $$`;
      await eventually(() => bff.sql(isWritten), { withinMs: 10_000 });
    });

    it('the next one-time code elevates after a failed attempt during the outage, and the reason is audited', async () => {
      const browser = await bff.signedIn(the.admin, 'admin');
      await outage.during(() => askElevation(bff, browser));
      bff.turnClock(30_000);
      const answer = await browser.post('/session/elevation', { code: codeAt(bff.now()), reason: REASON });
      expect(answer.status).toBe(200);
      const begun = (await outage.events()).filter(
        ({ event, requestId }) => event === 'elevation.begun' && requestId === requestIdOf(answer),
      );
      expect(begun).toMatchObject([{ reason: REASON, outcome: 'success' }]);
    });
  });
}
