import { Secret } from '@bff/config';
import { type HashKey, HashKeySet } from '@bff/secrets';
import { describe, expect, it } from '@jest/globals';
import { SessionTickets } from './session-tickets.js';

const [first, second] = [1, 2].map((generation): HashKey => ({
  generation,
  createdAt: 0,
  key: new Secret(Buffer.alloc(32, generation)),
})) as [HashKey, HashKey];

describe('session tickets after a rotation of their key', () => {
  const underFirst = new SessionTickets(new HashKeySet('session-tickets', [first], () => 0));
  const ticket = underFirst.issue();
  const storeKey = underFirst.storeKey(ticket);

  it('find a session under every key, the newest first', () => {
    const tickets = new SessionTickets(new HashKeySet('session-tickets', [second, first], () => 0));
    expect(tickets.storeKeys(ticket)).toEqual([expect.not.stringContaining(storeKey), storeKey]);
  });

  it('begin with the key under which the session was found', () => {
    const tickets = new SessionTickets(new HashKeySet('session-tickets', [second, first], () => 0));
    const [other] = tickets.storeKeys(ticket);
    tickets.isStoredUnder(ticket, storeKey);
    expect(tickets.storeKeys(ticket)).toEqual([storeKey, other]);
  });

  it('know a further key, and no removed one, from the moment of the change', () => {
    const keys = new HashKeySet('session-tickets', [first], () => 0);
    const tickets = new SessionTickets(keys);
    expect(tickets.storeKeys(ticket)).toEqual([storeKey]);
    keys.replace([second, first]);
    expect(tickets.storeKeys(ticket)).toHaveLength(2);
    keys.replace([second]);
    expect(tickets.storeKeys(ticket)).not.toContain(storeKey);
  });

  it('keep the keys of browsers and of tickets apart', () => {
    const tickets = new SessionTickets(new HashKeySet('session-tickets', [second, first], () => 60_000));
    const keys = tickets.browserKeys(ticket);
    expect(keys).toHaveLength(2);
    expect(tickets.browserKey(ticket)).toBe(keys[0]);
    for (const key of tickets.storeKeys(ticket)) expect(keys).not.toContain(key);
  });
});
