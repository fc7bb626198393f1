import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AuditRecord } from '@bff/audit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { entriesOf, userOf } from '../support/administering.js';
import { type Answer, Browser } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { expectLocked } from '../support/forwarding.js';
import { Programs } from '../support/program.js';
import { frontends } from '../support/start-bff.js';
import { lastingDatabase, TEST_KEYS } from '../support/test-database.js';
import { the } from '../support/the.js';
import { change, expectChanged, failTimes, NEW, PasswordFixture } from './password-fixture.js';

let fixture: PasswordFixture;
beforeAll(async () => {
  fixture = await PasswordFixture.start(5);
});
afterAll(() => fixture.close());
afterEach(() => fixture.endTest());

describe('passwords are never disclosed (LOG-10)', () => {
  it('the audit log names the users who changed their password or were locked out, and neither password', async () => {
    const [person, auditor] = [fixture.nextPerson(), await fixture.bff.signedIn(the.admin, 'admin')];
    const browser = await fixture.bff.signedIn(person);
    await failTimes(1, browser);
    const changed = await change(browser, { current: person.password, new: NEW });
    expectChanged(changed);
    const other = fixture.bff.browser();
    await other.signIn({ ...person, password: NEW });
    await failTimes(9, browser);
    const locked = await change(other, { current: NEW, new: `${NEW}-2` });
    expectLocked(locked, 900);
    const { id } = await userOf(auditor, person.email);
    const of = (answer: Answer): readonly AuditRecord[] =>
      events.filter(({ requestId }) => requestId === answer.headers['x-request-id']);
    let events: readonly AuditRecord[] = [];
    // The lockout is written in a batch with other events.
    await eventually(
      async () => {
        events = await entriesOf<AuditRecord>(auditor, '/v1/admin/audit');
        expect(of(locked)).toHaveLength(1);
      },
      { withinMs: 5_000 },
    );
    const actor = { kind: 'user', id };
    expect(of(changed)).toMatchObject([
      { event: 'directory.changed', outcome: 'success', actor, tenantId: null },
    ]);
    expect(of(locked)).toMatchObject([
      { event: 'access.denied', outcome: 'refused', actor, details: { errorCode: 'bff_too_many_attempts' } },
    ]);
    expect(JSON.stringify(events)).not.toMatch(/canary|argon2/i);
  });

  it('the log of the built service has a line for each attempt, and neither password', async () => {
    const home = mkdtempSync(join(tmpdir(), 'bff-password-'));
    const database = await lastingDatabase();
    const programs = new Programs();
    const person = fixture.nextPerson();
    const environment = {
      BFF_FRONTENDS: JSON.stringify([frontends.console]),
      ...{ BFF_PORT: '0', BFF_MANAGEMENT_PORT: '0', LOG_LEVEL: 'trace' },
      ...{ DATABASE_URL: database.url, BFF_ENCRYPTION_KEYS: TEST_KEYS },
    };
    try {
      writeFileSync(join(home, 'file.yaml'), JSON.stringify({ users: [person] }));
      const service = programs.start('service', { environment });
      const { port } = await service.listening();
      const applied = await programs.run('bff', { args: ['apply', join(home, 'file.yaml')], environment });
      expect(applied.code).toBe(0);
      const { origin } = frontends.console;
      const browser = new Browser({ port, host: new URL(origin).host, origin });
      await browser.signIn(person);
      const bodies = [
        ...[
          { current: 'wrong-canary-password', new: NEW },
          { current: person.password, new: 'canary' },
        ],
        ...[{ current: person.password, new: NEW }],
      ];
      for (const body of bodies) await change(browser, body);
      browser.close();
      await eventually(
        () => {
          const lines = service.requests.filter(({ operation }) => operation === 'session.change-password');
          expect(lines.map(({ status }) => status)).toEqual([401, 400, 204]);
        },
        { withinMs: 3_000 },
      );
      expect(service.stdout + service.stderr).not.toMatch(/canary|argon2/i);
    } finally {
      await programs.killAll();
      await database.drop();
      rmSync(home, { recursive: true, force: true });
    }
  }, 60_000);
});
