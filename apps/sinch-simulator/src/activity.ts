import type { ActivityType } from './account-enums.js';

export interface Activity {
  /** Increases within a project and is never reused, even after the account was deleted. */
  readonly sequence: number;
  readonly type: ActivityType;
  /** ISO 8601, UTC, with milliseconds. */
  readonly created: string;
  readonly author: string;
  readonly comment?: string | undefined;
}
