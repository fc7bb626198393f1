import { type AuditRecord } from '@bff/audit';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { entriesOf } from '../support/administering.js';
import { type Answer, type Browser } from '../support/browser.js';
import { askElevation, elevatedAdmin } from '../support/elevating.js';
import { eventually } from '../support/eventually.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';
import { requestIdOf, AuditLogReader } from '../support/audit-log-reader.js';

const REPETITIONS = 3_000;
const CONCURRENCY = 50;
const MINUTE_MS = 60_000;

/** Maximum response time for an admin during the flood, generous because the machine of the tests is shared. */
const PROMPT_MS = 2_000;

const people = Array.from({ length: 2 }, (_, index) => ({
  email: `person-${index}@crowd.example`,
  name: `Person ${index}`,
  password: `person-${index}-canary-password`,
}));

let bff: Bff;
let auditLog: AuditLogReader;
beforeAll(async () => {
  bff = await startBff({ directory: { ...the.directory, users: [...the.directory.users, ...people] } });
  auditLog = await AuditLogReader.of(bff);
}, 60_000);
afterAll(() => bff.close());

/** Repeats a call until the given number of responses was received. */
async function repeat(count: number, call: () => Promise<Answer>, status: number): Promise<void> {
  let sent = 0;
  const loop = async (): Promise<void> => {
    while (sent < count) {
      sent += 1;
      expect((await call()).status).toBe(status);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, loop));
}

async function promptly(call: () => Promise<Answer>): Promise<Answer> {
  const startedAt = performance.now();
  const answer = await call();
  expect(performance.now() - startedAt).toBeLessThan(PROMPT_MS);
  return answer;
}

async function eventsOf(auditor: Browser, email: string, name: string): Promise<readonly AuditRecord[]> {
  const all = await entriesOf<AuditRecord>(auditor, `/v1/admin/audit?actor=${auditLog.idOf(email)}`);
  return all.filter(({ event }) => event === name).reverse();
}

const occurrences = (events: readonly AuditRecord[]): number =>
  events.reduce((sum, { details }) => sum + ('firstAt' in details ? Number(details['count']) : 1), 0);

describe('a flood of calls by one user', () => {
  it('with denied calls delays no elevation, admin write or audit page, and displaces no event of other users', async () => {
    const admin = await elevatedAdmin(bff);
    const viewer = await bff.signedIn(the.viewer);
    let isOver = false;
    const flood = repeat(REPETITIONS, () => viewer.delete('/v1/tenants/acme/whatsapp'), 403).finally(
      () => (isOver = true),
    );
    const signIns: Answer[] = [];
    for (let round = 0; round < 20; round += 1) {
      for (const person of people) signIns.push(await bff.browser().signIn(person));
    }
    let rounds = 0;
    do {
      rounds += 1;
      const name = `Acme ${rounds}`;
      expect((await promptly(() => admin.patch('/v1/admin/tenants/acme', { name }))).status).toBe(200);
      expect((await promptly(() => admin.get('/v1/admin/audit'))).status).toBe(200);
    } while (!isOver);
    await flood;
    expect((await promptly(() => askElevation(bff, admin))).status).toBe(200);
    bff.turnClock(MINUTE_MS);
    const auditor = await bff.signedIn(the.admin, 'admin');
    const denied = await eventually(
      async () => {
        const events = await eventsOf(auditor, the.viewer.email, 'access.denied');
        expect(occurrences(events)).toBe(REPETITIONS);
        return events;
      },
      { withinMs: 5_000 },
    );
    expect(denied).toHaveLength(21);
    expect(denied.at(-1)).toMatchObject({
      ...{ tenantId: 'acme', requestId: null, outcome: 'refused', actor: auditLog.actor(the.viewer.email) },
      details: {
        count: REPETITIONS - 20,
        firstAt: expect.any(String),
        lastAt: expect.any(String),
        common: { operation: 'account.delete', errorCode: 'bff_role_required' },
      },
    });
    const all = await entriesOf<AuditRecord>(auditor, '/v1/admin/audit');
    const signedIn = all
      .filter(({ event }) => event === 'session.signed-in')
      .map(({ requestId }) => requestId);
    expect(signedIn).toEqual(expect.arrayContaining(signIns.map(requestIdOf)));
    expect(signIns).toHaveLength(40);
  }, 60_000);

  it('with DELETE /sessions is audited with the number of calls', async () => {
    const editor = await bff.signedIn(the.editor);
    await repeat(300, () => editor.delete('/sessions'), 204);
    bff.turnClock(MINUTE_MS);
    const auditor = await bff.signedIn(the.admin, 'admin');
    await eventually(
      async () => {
        const events = await eventsOf(auditor, the.editor.email, 'sessions.revoked');
        expect(occurrences(events)).toBe(300);
        expect(events).toHaveLength(21);
        expect(events.at(-1)?.details).toMatchObject({ count: 280, common: { count: 0 } });
      },
      { withinMs: 5_000 },
    );
  });
});
