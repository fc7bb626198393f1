import { type RecordKind, type ShortForm } from '@bff/state';
import { type ProviderSession, type SessionRecord } from './session.js';

/** The fields of a session in the order of {@link shortForm}. */
type ShortSession = readonly [
  id: string,
  userId: string,
  frontend: string,
  userAgent: string | null,
  provider: ProviderSession | null,
  browser: string,
  createdAt: number,
  seenAt: number,
  sessionsVersion: number,
];

/** Without the names of the fields, which would take memory in the shared store for every session. */
const shortForm: ShortForm<SessionRecord> = {
  shorten: (record): ShortSession => [
    record.id,
    record.userId,
    record.frontend,
    record.userAgent,
    record.provider,
    record.browser,
    record.createdAt,
    record.seenAt,
    record.sessionsVersion,
  ],
  restore: (short) => {
    const [id, userId, frontend, userAgent, provider, browser, createdAt, seenAt, sessionsVersion] =
      short as ShortSession;
    return Object.freeze({
      id,
      userId,
      frontend,
      userAgent,
      provider,
      browser,
      createdAt,
      seenAt,
      sessionsVersion,
    });
  },
};

export const SESSIONS: RecordKind<SessionRecord> = {
  name: 'session',
  version: 2,
  copies: 'records',
  uniqueKeys: true,
  groupsOf,
  shortForm,
};

/** Returns the groups by which the store finds a session: its user, its browser and its provider session. */
function groupsOf({ userId, browser, provider }: SessionRecord): readonly string[] {
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
