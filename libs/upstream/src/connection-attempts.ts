import { setDefaultAutoSelectFamilyAttemptTimeout } from 'node:net';

const MAX_ATTEMPT_MS = 2_500;

/**
 * Gives a connection attempt to one of several addresses of a host a quarter of the time of an upstream call, 2.5 s at
 * most, before the next address is tried. Node's 250 ms end attempts that are only slow, and where the other address has
 * no route nothing is left. Applies to every connection of this process: upstream, token endpoint, identity provider.
 */
export function setConnectionAttemptTimeout(upstreamTimeoutMs: number): void {
  setDefaultAutoSelectFamilyAttemptTimeout(Math.min(MAX_ATTEMPT_MS, Math.ceil(upstreamTimeoutMs / 4)));
}
