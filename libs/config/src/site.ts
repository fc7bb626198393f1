import { getDomain } from 'tldts';

/**
 * Returns the site of an origin as browsers compare it for `SameSite` cookies and `Sec-Fetch-Site`: the
 * scheme (Chromium treats `http` and `https` as different sites) and the registrable domain by the public
 * suffix list, without the port. `localhost`, each `*.localhost` host, an IP address and a public suffix are
 * separate sites (docs/contract.md section 3).
 */
export function siteOf(origin: string): string {
  const { protocol, hostname } = new URL(origin);
  const domain = hostname.endsWith('.localhost') ? null : getDomain(hostname, { allowPrivateDomains: true });
  return `${protocol}//${domain ?? hostname}`;
}
