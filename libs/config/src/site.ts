import { getDomain } from 'tldts';

/**
 * The site of an origin as browsers compare it for `SameSite` cookies and `Sec-Fetch-Site`: the scheme
 * (Chromium counts `http` and `https` as two sites) and the registrable domain by the public suffix list; the
 * port does not matter. `localhost`, each `*.localhost` host, an IP address and a public suffix are sites of
 * their own (docs/contract.md section 3).
 */
export function siteOf(origin: string): string {
  const { protocol, hostname } = new URL(origin);
  const domain = hostname.endsWith('.localhost') ? null : getDomain(hostname, { allowPrivateDomains: true });
  return `${protocol}//${domain ?? hostname}`;
}
