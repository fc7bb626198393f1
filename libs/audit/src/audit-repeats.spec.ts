import { describe, expect, it } from '@jest/globals';
import { type AuditEvent } from './audit-event.js';
import { AuditRepeats } from './audit-repeats.js';
import { type TimedEvent } from './audit-writer.js';

const START = Date.parse('2026-01-02T03:04:05.000Z');

function denied(actorId: string, more: Partial<AuditEvent> = {}): AuditEvent {
  const actor = {
    kind: 'user',
    id: actorId,
    session: 's1',
    frontend: 'console',
    clientAddress: '192.0.2.1',
    elevation: null,
  } as const;
  const details = { operation: 'account.delete', errorCode: 'bff_role_required' };
  return {
    event: 'access.denied',
    outcome: 'refused',
    actor,
    tenantId: 'acme',
    requestId: 'r1',
    details,
    ...more,
  };
}

function admitAll(repeats: AuditRepeats, events: readonly AuditEvent[], from = START): readonly TimedEvent[] {
  return events.flatMap((event, index) => repeats.admit({ event, at: from + index, occurrences: 1 }));
}

const times = <Value>(count: number, make: (index: number) => Value): readonly Value[] =>
  Array.from({ length: count }, (_, index) => make(index));

describe('AuditRepeats', () => {
  it('admits the first 20 refusals of an actor per minute and counts further ones in one event', () => {
    const repeats = new AuditRepeats();
    expect(
      admitAll(
        repeats,
        times(1_000, () => denied('eve')),
      ),
    ).toHaveLength(20);
    expect(repeats.collect(START + 59_999)).toEqual([]);
    expect(repeats.collect(START + 60_000)).toEqual([
      {
        event: {
          ...denied('eve'),
          requestId: null,
          details: {
            count: 980,
            firstAt: '2026-01-02T03:04:05.020Z',
            lastAt: '2026-01-02T03:04:05.999Z',
            common: denied('eve').details,
          },
        },
        at: START + 999,
        occurrences: 980,
      },
    ]);
    expect(repeats.isOpen).toBe(false);
  });

  it('keeps only the members that are equal in all counted events', () => {
    const repeats = new AuditRepeats();
    admitAll(
      repeats,
      times(20, () => denied('eve')),
    );
    const actor = { ...denied('eve').actor, session: 's2' };
    admitAll(repeats, [
      denied('eve'),
      denied('eve', { actor, details: { operation: 'account.read', errorCode: 'bff_role_required' } }),
    ]);
    const [counted] = repeats.collectAll();
    expect(counted?.event.actor).toEqual({ ...actor, session: null });
    expect(counted?.event.details).toMatchObject({ count: 2, common: { errorCode: 'bff_role_required' } });
    expect(counted?.event.details?.['common']).not.toHaveProperty('operation');
  });

  it('keeps the count of ended sessions separate from the count of events', () => {
    const repeats = new AuditRepeats();
    const revoked = (count: number): AuditEvent =>
      denied('eve', { event: 'sessions.revoked', outcome: 'success', details: { count } });
    admitAll(
      repeats,
      times(20, () => revoked(0)),
    );
    admitAll(repeats, [revoked(0), revoked(0), revoked(0)]);
    expect(repeats.collectAll().map(({ event }) => event.details)).toMatchObject([
      { count: 3, common: { count: 0 } },
    ]);
  });

  it('counts events by actor, kind, tenant and outcome', () => {
    const repeats = new AuditRepeats();
    admitAll(
      repeats,
      times(30, () => denied('eve')),
    );
    admitAll(
      repeats,
      times(5, () => denied('eve', { tenantId: 'orchard' })),
    );
    expect(admitAll(repeats, [denied('bob')])).toHaveLength(1);
    expect(
      admitAll(repeats, [denied('eve', { event: 'session.signed-in', outcome: 'success' })]),
    ).toHaveLength(1);
    expect(repeats.collectAll().map(({ event, occurrences }) => [event.tenantId, occurrences])).toEqual([
      ['acme', 10],
      ['orchard', 5],
    ]);
  });

  it('returns a single surplus event unchanged', () => {
    const repeats = new AuditRepeats();
    admitAll(
      repeats,
      times(21, (index) => denied('eve', { requestId: `r${index}` })),
    );
    expect(repeats.collectAll().map(({ event }) => event)).toEqual([denied('eve', { requestId: 'r20' })]);
  });

  it('begins a new minute with the next event and returns the count of the previous minute', () => {
    const repeats = new AuditRepeats();
    admitAll(
      repeats,
      times(25, () => denied('eve')),
    );
    const due = admitAll(repeats, [denied('eve')], START + 60_000);
    expect(due.map(({ occurrences }) => occurrences)).toEqual([5, 1]);
  });

  it('begins a new minute when the clock was set back', () => {
    const repeats = new AuditRepeats();
    admitAll(
      repeats,
      times(25, () => denied('eve')),
    );
    expect(admitAll(repeats, [denied('eve')], START - 3_600_000)).toHaveLength(2);
  });

  it('never merges events of the service or of an operator', () => {
    const repeats = new AuditRepeats();
    const actor = { ...denied('eve').actor, kind: 'service', id: null } as const;
    expect(
      admitAll(
        repeats,
        times(500, () => denied('', { actor })),
      ),
    ).toHaveLength(500);
    expect(repeats.isOpen).toBe(false);
  });
});

describe('AuditRepeats with writes and unauthenticated callers', () => {
  it('never merges writes to the upstream', () => {
    const repeats = new AuditRepeats();
    const write = denied('eve', { event: 'upstream.write' });
    expect(
      admitAll(
        repeats,
        times(1_000, () => write),
      ),
    ).toHaveLength(1_000);
  });

  it('limits unauthenticated callers by address, and all addresses beyond 25 together', () => {
    const repeats = new AuditRepeats();
    const anonymous = (clientAddress: string): AuditEvent =>
      denied('', {
        event: 'session.sign-in-failed',
        actor: { ...denied('').actor, kind: 'anonymous', id: null, session: null, clientAddress },
      });
    const own = times(24, (index) => anonymous(`192.0.2.${index}`));
    expect(admitAll(repeats, own)).toHaveLength(24);
    expect(
      admitAll(
        repeats,
        times(30, () => anonymous('192.0.2.0')),
      ),
    ).toHaveLength(19);
    expect(
      admitAll(
        repeats,
        times(100, (index) => anonymous(`2001:db8:1::${index}`)),
      ),
    ).toHaveLength(20);
    expect(
      admitAll(
        repeats,
        times(1_000, (index) => anonymous(`203.0.113.${index % 256}`)),
      ),
    ).toHaveLength(20);
    expect(repeats.collectAll().map(({ occurrences }) => occurrences)).toEqual([11, 80, 980]);
  });
});
