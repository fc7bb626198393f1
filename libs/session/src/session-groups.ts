import { type SessionRecord } from './session.js';

/** The groups by which the store finds a session: its user, its browser and the session of its provider. */
export function groupsOf({ userId, browser, provider }: SessionRecord): readonly string[] {
  const groups = [userId, browserGroup(browser)];
  return provider === null || provider.sid === null
    ? groups
    : [...groups, providerGroup(provider.issuer, provider.sid)];
}

/** JSON keeps the parts apart; a user's group is a UUID. */
export function providerGroup(issuer: string, sid: string): string {
  return JSON.stringify([issuer, sid]);
}

/** An issuer is an absolute address, so that no provider's group has this name. */
export function browserGroup(browser: string): string {
  return JSON.stringify(['browser', browser]);
}
