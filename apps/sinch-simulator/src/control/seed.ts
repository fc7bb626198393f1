import { createAccount, settleAccount, type Outcome } from '../account.js';
import { withActivity, type Author } from '../activities.js';
import { noCondition, type Project } from '../store.js';
import type { ProjectInput, Seed } from './control-input.js';

export const onboardingTeam: Author = 'Sinch onboarding team';

/** Creates a project whose account has the given state, with the activities that lead to that state. */
export function seededProject(input: ProjectInput, at: number): Project {
  const { environment, projectId, clients, name, review, account: seed = 'NONE' } = input;
  const withoutAccount = {
    environment,
    projectId,
    ...(name !== undefined && { name }),
    clients,
    activities: [],
    nextSequence: 1,
    condition: noCondition,
    ...(review !== undefined && { review }),
  };
  if (seed === 'NONE') return withoutAccount;

  const wabaName = name ?? 'Northwind Traders Ltd';
  const account = createAccount(
    {
      wabaName,
      clientBusinessManagerId: '900100200300',
      senderDetails: { displayName: wabaName, businessCategory: 'SHOPPING_AND_RETAIL' },
    },
    'SINCH_UK',
  );
  const created = withActivity({ ...withoutAccount, account }, 'CREATED', {
    author: 'Provisioning API user',
    at,
  });
  const outcome = outcomeOf(seed);
  return (outcome && settledProject(created, outcome, at)) ?? created;
}

/**
 * Applies a decision of the onboarding team to a project.
 * @returns undefined if no submission is pending for it
 */
export function settledProject(
  project: Project,
  outcome: Outcome,
  at: number,
  comment?: string,
): Project | undefined {
  const account = project.account && settleAccount(project.account, outcome);
  if (account === undefined) return undefined;

  // No activity type represents onboarding (docs/upstream.md section 12, row 18).
  const settled =
    outcome === 'ONBOARDED'
      ? { ...project, account }
      : withActivity({ ...project, account }, outcome, { author: onboardingTeam, at });
  return comment === undefined
    ? settled
    : withActivity(settled, 'COMMENT_ADDED', { author: onboardingTeam, at, comment });
}

function outcomeOf(seed: Exclude<Seed, 'NONE'>): Outcome | undefined {
  return seed === 'IN_PROGRESS' ? undefined : seed;
}
