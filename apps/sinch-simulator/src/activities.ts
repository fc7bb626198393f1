import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { ActivityType } from './account-enums.js';
import type { Activity } from './activity.js';
import { ApiError } from './api-error.js';
import type { Project } from './store.js';

/**
 * The name `Provisioning API user` is documented, the other is an assumption (docs/upstream.md section 12, row 20).
 */
export type Author = 'Provisioning API user' | 'Sinch onboarding team';

/** Adds an activity, the newest, to a project. */
export function withActivity(
  project: Project,
  type: ActivityType,
  { author, at, comment }: { author: Author; at: number; comment?: string | undefined },
): Project {
  const activity = {
    sequence: project.nextSequence,
    type,
    created: new Date(at).toISOString(),
    ...(comment !== undefined && { comment }),
    author,
  };
  return {
    ...project,
    activities: [...project.activities, activity],
    nextSequence: project.nextSequence + 1,
  };
}

const defaultPageSize = 50;
const maxPageSize = 100;

/**
 * Pages through the activities of a project, newest first. A page token names the first activity of its page and is
 * signed for one project; any other token is rejected. Tokens are invalid after a restart.
 */
export class ActivityPages {
  readonly #key = randomBytes(32);

  /** @throws ApiError `invalid_page_size` or `invalid_page_token`, also if the project does not exist */
  page(project: Project | undefined, query: URLSearchParams): object {
    const pageSize = pageSizeOf(query);
    const newestFirst = project?.activities.toReversed() ?? [];
    const start = this.#start(project, newestFirst, query);
    const tokenAt = (index: number): string | undefined => this.#token(project, newestFirst[index]);
    const previous = start > 0 ? tokenAt(Math.max(0, start - pageSize)) : undefined;
    const next = tokenAt(start + pageSize);
    return {
      totalSize: newestFirst.length,
      pageSize,
      notifications: newestFirst
        .slice(start, start + pageSize)
        .map(({ sequence: _, ...activity }) => activity),
      ...(previous !== undefined && { previousPageToken: previous }),
      ...(next !== undefined && { nextPageToken: next }),
    };
  }

  #start(project: Project | undefined, newestFirst: readonly Activity[], query: URLSearchParams): number {
    const [token, ...more] = query.getAll('pageToken');
    if (token === undefined) return 0;

    const [sequence = '', signature = ''] = token.split('.');
    const index = newestFirst.findIndex((activity) => String(activity.sequence) === sequence);
    const genuine = more.length === 0 && isSame(signature, this.#signature(project, sequence));
    if (!genuine || index < 0) throw new ApiError('invalid_page_token');
    return index;
  }

  #token(project: Project | undefined, activity: Activity | undefined): string | undefined {
    return activity && `${activity.sequence}.${this.#signature(project, String(activity.sequence))}`;
  }

  #signature(project: Project | undefined, sequence: string): string {
    return createHmac('sha256', this.#key)
      .update(JSON.stringify([project?.environment, project?.projectId, sequence]))
      .digest('base64url');
  }
}

function pageSizeOf(query: URLSearchParams): number {
  const [size, ...more] = query.getAll('pageSize');
  if (size === undefined) return defaultPageSize;
  const value = /^\d{1,3}$/.test(size) ? Number(size) : 0;
  if (more.length > 0 || value < 1 || value > maxPageSize) throw new ApiError('invalid_page_size');
  return value;
}

function isSame(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
