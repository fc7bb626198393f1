import { afterEach, beforeAll, afterAll, expect, it, jest } from '@jest/globals';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

const COOKIE = '__Host-bff-session';
const TICKETS = 400;
const BITS = 256;

let bff: Bff;
beforeAll(async () => {
  bff = await startBff();
});
afterAll(() => bff.close());
afterEach(() => {
  jest.restoreAllMocks();
});

/**
 * Tickets of one session of one user at one time. Ending an elevation replaces the ticket, even without an
 * elevation.
 */
async function ticketsOfOneSession(): Promise<readonly string[]> {
  const browser = await bff.signedIn(the.admin, 'admin');
  const tickets: string[] = [];
  for (let issued = 0; issued < TICKETS; issued += 1) {
    expect((await browser.delete('/session/elevation')).status).toBe(200);
    tickets.push(browser.cookies.get(COOKIE) ?? '');
  }
  return tickets;
}

it('a ticket has 256 random bits, none of which depends on user, session, time or Math.random (SES-01)', async () => {
  jest.spyOn(Math, 'random').mockReturnValue(0.5);
  const tickets = await ticketsOfOneSession();
  for (const ticket of tickets) expect(ticket).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(new Set(tickets).size).toBe(TICKETS);

  const ones = Array<number>(BITS).fill(0);
  for (const ticket of tickets) {
    const bytes = Buffer.from(ticket, 'base64url');
    expect(bytes).toHaveLength(BITS / 8);
    for (let bit = 0; bit < BITS; bit += 1) {
      ones[bit] = (ones[bit] ?? 0) + (((bytes[bit >> 3] ?? 0) >> (bit & 7)) & 1);
    }
  }
  // Seven standard deviations of a fair coin: a random ticket fails once in more than a billion runs.
  const tolerance = 7 * Math.sqrt(TICKETS / 4);
  const biased = ones.filter((count) => Math.abs(count - TICKETS / 2) > tolerance);
  expect(biased).toEqual([]);
});
