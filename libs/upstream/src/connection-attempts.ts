import { setDefaultAutoSelectFamilyAttemptTimeout } from 'node:net';

const MAX_ATTEMPT_MS = 2_500;

/**
 * Limits a connection attempt to one of several addresses of a host before the next address is tried. Node's
 * default of 250 ms aborts slow attempts, and the connection fails if the other address has no route. Applies
 * to every connection of this process: upstream, token endpoint, identity provider.
 * @param upstreamTimeoutMs an attempt gets a quarter of it, at most 2.5 s
 */
export function setConnectionAttemptTimeout(upstreamTimeoutMs: number): void {
  setDefaultAutoSelectFamilyAttemptTimeout(Math.min(MAX_ATTEMPT_MS, Math.ceil(upstreamTimeoutMs / 4)));
}
