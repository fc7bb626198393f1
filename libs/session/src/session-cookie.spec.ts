import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EXPIRED_SESSION_COOKIE, sessionCookie, ticketIn } from './session-cookie.js';

const ticket = 'A'.repeat(42) + '_';
const other = 'B'.repeat(43);
const name = '__Host-bff-session';

describe('the session cookie', () => {
  it('has exactly the attributes of docs/contract.md section 3 (SES-02)', () => {
    expect(sessionCookie(ticket)).toBe(`${name}=${ticket}; Path=/; HttpOnly; Secure; SameSite=Strict`);
    expect(EXPIRED_SESSION_COOKIE).toBe(`${name}=; Path=/; HttpOnly; Secure; SameSite=Strict; Max-Age=0`);
  });

  it.each<[what: string, header: string]>([
    ['alone', `${name}=${ticket}`],
    ['first', `${name}=${ticket}; a=b`],
    ['last', `a=b; ${name}=${ticket}`],
    ['between others', `a=b; ${name}=${ticket}; c=d`],
    ['without spaces', `a=b;${name}=${ticket};c=d`],
    ['after a space at the start of the header', ` ${name}=${ticket}`],
    ['next to a cookie with the same suffix in its name', `x${name}=${other}; ${name}=${ticket}`],
    ['next to a cookie with the same text in its value', `a=${name}=${other}; ${name}=${ticket}`],
  ])('is found %s', (_, header) => {
    expect(ticketIn(header)).toBe(ticket);
  });

  it.each<[what: string, header: string | undefined]>([
    ['no value', undefined],
    ['an empty text', ''],
    ['only other cookies', 'a=b'],
    ['the cookie twice', `${name}=${ticket}; ${name}=${other}`],
    ['the cookie twice with one value', `${name}=${ticket}; ${name}=${ticket}`],
    ['the cookie twice without a space', `${name}=${ticket};${name}=${other}`],
    ['the cookie twice with a tab', `${name}=${ticket};\t${name}=${other}`],
    ['an empty value', `${name}=`],
    ['a short value', `${name}=${ticket.slice(1)}`],
    ['a long value', `${name}=${ticket}A`],
    ['a quoted value', `${name}="${ticket}"`],
    ['an invalid character', `${name}=${ticket.slice(1)}+`],
    ['another case of the name', `${name.toLowerCase()}=${ticket}`],
    ['a space before the equals sign', `${name} =${ticket}`],
  ])('is not found in a header with %s (SES-04)', (_, header) => {
    expect(ticketIn(header)).toBeUndefined();
  });

  it('is found only as a well-formed ticket, without an exception, for any header', () => {
    const part = fc.oneof(
      fc.string(),
      fc.constant(name),
      fc.constant(`${name}=`),
      fc.constant(ticket),
      fc.constant('; '),
    );
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const found = ticketIn(parts.join(''));
        expect(found === undefined || /^[A-Za-z0-9_-]{43}$/.test(found)).toBe(true);
      }),
    );
  });
});
