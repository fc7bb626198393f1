import { type AuditRecord } from '@bff/audit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, type Browser } from '../support/browser.js';
import { elevatedAdmin } from '../support/elevating.js';
import { eventually } from '../support/eventually.js';
import { operations, type OperationTitle, operationTitles, perform } from '../support/forwarding.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';
import { AuditLogReader } from '../support/audit-log-reader.js';

const FORWARDED = { 'x-forwarded-for': '198.51.100.7' };

let bff: Bff;
let auditLog: AuditLogReader;
let editor: Browser;
beforeAll(async () => {
  bff = await startBff({
    environment: { BFF_TRUSTED_PROXIES: '127.0.0.1/32', BFF_LOG_ADDRESSES: 'truncated' },
  });
  auditLog = await AuditLogReader.of(bff);
  editor = await bff.signedIn(the.editor);
});
afterEach(() => bff.sinch.reset());
afterAll(() => bff.close());

const writes = operationTitles.filter((title) => operations[title].method !== 'GET');

/** Waits until a request has the given number of events, without those of credentials. */
function eventsOf(answer: Answer, count: number): Promise<readonly AuditRecord[]> {
  return eventually(
    async () => {
      const events = (await auditLog.ofRequest(answer)).filter(({ event }) => event !== 'credential.used');
      expect(events).toHaveLength(count);
      return events;
    },
    { withinMs: 5_000 },
  );
}

const operationOf = (title: OperationTitle): string => title.split(' ')[0] ?? '';

describe("a member's write to the upstream", () => {
  it.each(writes)(
    'is audited once, with actor, tenant, operation, outcome and request id: %s',
    async (title) => {
      const answer = await perform(editor, title, 'acme', FORWARDED);
      expect(answer.status).toBeLessThan(300);
      const [event] = await eventsOf(answer, 1);
      expect(event).toMatchObject({
        ...{ event: 'upstream.write', outcome: 'success', tenantId: 'acme', frontend: 'console' },
        ...{ actor: auditLog.actor(the.editor.email), elevationId: null, reason: null },
        details: { operation: operationOf(title), method: operations[title].method, status: answer.status },
      });
      expect(JSON.stringify(event)).not.toMatch(/Northwind|Line one/);
    },
  );

  it.each<[name: string, reply: Parameters<Bff['sinch']['production']['answer']>[0], expected: object]>([
    [
      'rejects it',
      { status: 409, body: { errorCode: 'conflict', message: 'It exists', resolution: 'Use another' } },
      { outcome: 'refused', details: { status: 409, errorCode: 'conflict' } },
    ],
    [
      'breaks the connection',
      { raw: '', then: 'destroy' },
      { outcome: 'failed', details: { status: 502, errorCode: 'bff_upstream_unreachable' } },
    ],
  ])('is audited with its outcome if the upstream %s', async (_, reply, expected) => {
    bff.sinch.production.answer(reply);
    const [event] = await eventsOf(await perform(editor, 'account.delete'), 1);
    expect(event).toMatchObject({ event: 'upstream.write', ...expected });
  });

  it('is audited with the client address in the form that BFF_LOG_ADDRESSES sets', async () => {
    const answer = await perform(editor, 'account.delete', 'acme', FORWARDED);
    const [event] = await eventsOf(answer, 1);
    expect(event?.clientAddress).toBe('198.51.100.0');
  });
});

it("a member's reads are not audited", async () => {
  const read = await perform(editor, 'account.get');
  const write = await perform(editor, 'account.delete');
  await eventsOf(write, 1);
  expect(await auditLog.ofRequest(read)).toEqual([]);
});

it('a call through the admin plane is audited with its operation, and not as a write of a member', async () => {
  const admin = await elevatedAdmin(bff, { tenantId: 'summit' });
  const events = await eventsOf(await perform(admin, 'account.delete', 'summit', FORWARDED), 2);
  expect(events.map(({ event, outcome }) => [event, outcome])).toEqual([
    ['admin-plane.call', 'begun'],
    ['admin-plane.call', 'success'],
  ]);
  for (const { details, clientAddress } of events) {
    expect(details).toMatchObject({ operation: 'account.delete' });
    expect(clientAddress).toBe('198.51.100.0');
  }
});
