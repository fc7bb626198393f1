import { domainToASCII } from 'node:url';

/**
 * ASCII characters that domain names do not contain; the URL parser would read them as a port, a path or an
 * escape.
 */
const NOT_IN_DOMAINS = /[^a-z0-9.\-\u0080-\u{10ffff}]/u;

/**
 * Normalizes an e-mail address for comparison: lower case and NFC, with the domain in its ASCII form (RFC
 * 5891, UTS #46), so that `user@bücher.example` and `user@xn--bcher-kva.example` are one account. An invalid
 * domain is not converted.
 */
export function emailKey(email: string): string {
  const key = email.normalize('NFC').toLowerCase();
  const domainAt = key.lastIndexOf('@') + 1;
  const domain = key.slice(domainAt);
  if (domainAt === 0 || NOT_IN_DOMAINS.test(domain) || isAscii(domain)) return key;
  return key.slice(0, domainAt) + (domainToASCII(domain) || domain);
}

export function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length;
}
