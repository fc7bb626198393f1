import { describe, expect, it } from '@jest/globals';
import { type AuditBatch, AuditQueue } from './audit-queue.js';
import { type TimedEvent } from './audit-writer.js';

const NONE: ReadonlySet<string> = new Set();

function timed(actorId: string, tenantId: string | null = null, occurrences = 1): TimedEvent {
  const actor = {
    kind: 'user',
    id: actorId,
    session: null,
    frontend: 'console',
    clientAddress: '192.0.2.1',
    elevation: null,
  } as const;
  const event = { event: 'access.denied', outcome: 'refused', actor, tenantId, requestId: null } as const;
  return { event, at: 0, occurrences };
}

function drain(queue: AuditQueue): readonly AuditBatch[] {
  const batches: AuditBatch[] = [];
  for (let batch = queue.take(NONE); batch !== undefined; batch = queue.take(NONE)) {
    queue.written(batch);
    batches.push(batch);
  }
  return batches;
}

const actorsOf = (batches: readonly AuditBatch[]): readonly (string | null)[] =>
  batches.flatMap(({ events }) => events.map(({ event }) => event.actor.id));

describe('AuditQueue', () => {
  it('drops and counts events of the actor that fills it, and keeps those of other actors', () => {
    const queue = new AuditQueue();
    for (let index = 0; index < 15_000; index += 1) queue.add(timed('eve'));
    for (let index = 0; index < 40; index += 1) queue.add(timed(`user-${index}`));
    expect([queue.size, queue.lost]).toEqual([10_000, 5_040]);
    const kept = actorsOf(drain(queue));
    expect(kept.filter((id) => id === 'eve')).toHaveLength(9_960);
    expect(kept.filter((id) => id !== 'eve')).toHaveLength(40);
    expect(queue.size).toBe(0);
  });

  it('counts every occurrence of a dropped event as lost', () => {
    const queue = new AuditQueue();
    for (let index = 0; index < 10_000; index += 1) queue.add(timed('eve'));
    queue.add(timed('eve', null, 300));
    expect(queue.lost).toBe(300);
  });

  it('returns batches of at most 100 events of one chain, round-robin by chain', () => {
    const queue = new AuditQueue();
    for (let index = 0; index < 250; index += 1) queue.add(timed('eve', 'acme'));
    queue.add(timed('bob'));
    const batches = drain(queue).map(({ chain, events }) => [chain, events.length]);
    expect(batches).toEqual([
      ['acme', 100],
      ['', 1],
      ['acme', 100],
      ['acme', 50],
    ]);
  });

  it('keeps a failed batch before later events of its chain, and continues with other chains', () => {
    const queue = new AuditQueue();
    queue.add(timed('first', 'acme'));
    const batch = queue.take(NONE);
    queue.add(timed('second', 'acme'));
    queue.add(timed('other', 'harbour'));
    if (batch !== undefined) queue.putBack(batch);
    expect(queue.take(new Set(['acme']))?.chain).toBe('harbour');
    expect(actorsOf(drain(queue))).toEqual(['first', 'second']);
  });
});
