import { type SessionRecord } from './session.js';

/** Returns the groups by which the store finds a session: its user, its browser and its provider session. */
export function groupsOf({ userId, browser, provider }: SessionRecord): readonly string[] {
  const groups = [userId, browserGroup(browser)];
  return provider === null || provider.sid === null
    ? groups
    : [...groups, providerGroup(provider.issuer, provider.sid)];
}

/** JSON separates the parts and cannot equal a user's group, which is a UUID. */
export function providerGroup(issuer: string, sid: string): string {
  return JSON.stringify([issuer, sid]);
}

/** Cannot equal a provider's group, because an issuer is an absolute URL. */
export function browserGroup(browser: string): string {
  return JSON.stringify(['browser', browser]);
}
