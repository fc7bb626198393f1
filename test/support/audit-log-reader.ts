import { type AuditRecord } from '@bff/audit';
import { expect } from '@jest/globals';
import { type Answer, type Browser } from './browser.js';
import { REASON } from './elevating.js';
import { type Bff } from './start-bff.js';
import { the } from './the.js';

export interface AuditLogPage {
  readonly events: readonly AuditRecord[];
  readonly nextPageToken?: string;
}

/** The members of an event that belong to an action of an elevated session. */
export const elevation = { elevationId: expect.any(String), reason: REASON };

export const requestIdOf = ({ headers }: Answer): string => String(headers['x-request-id']);

/** Reads the audit log over HTTP as an admin. */
export class AuditLogReader {
  static async of(bff: Bff): Promise<AuditLogReader> {
    const auditor = await bff.signedIn(the.admin, 'admin');
    const { users } = (await auditor.get('/v1/admin/users')).json as {
      users: readonly { id: string; email: string }[];
    };
    return new AuditLogReader(bff, new Map(users.map(({ id, email }) => [email, id])));
  }

  private constructor(
    private readonly bff: Bff,
    private readonly ids: ReadonlyMap<string, string>,
  ) {}

  idOf(email: string): string {
    const id = this.ids.get(email);
    if (id === undefined) throw new Error(`No user has the address ${email}`);
    return id;
  }

  actor(email: string): AuditRecord['actor'] {
    return { kind: 'user', id: this.idOf(email) };
  }

  async page(auditor: Browser, query: string): Promise<AuditLogPage> {
    const answer = await auditor.get(`/v1/admin/audit?${query}`);
    expect(answer.status).toBe(200);
    return answer.json as AuditLogPage;
  }

  /** @returns all events of a query, over all pages, the newest first */
  async events(query = '', size = 100): Promise<readonly AuditRecord[]> {
    const auditor = await this.bff.signedIn(the.admin, 'admin');
    const events: AuditRecord[] = [];
    for (let next = ''; ;) {
      const found = await this.page(auditor, `${query}&pageSize=${size}${next}`.replace(/^&/, ''));
      events.push(...found.events);
      if (found.nextPageToken === undefined) return events;
      next = `&pageToken=${encodeURIComponent(found.nextPageToken)}`;
    }
  }

  /** @returns the events of one request, the oldest first */
  async ofRequest(answer: Answer): Promise<readonly AuditRecord[]> {
    return (await this.events()).filter(({ requestId }) => requestId === requestIdOf(answer)).reverse();
  }
}
