import { type PutOutcome } from '@bff/database';

/** The outcome of one record of a directory file. */
export interface ReportLine {
  readonly record: string;
  readonly outcome:
    PutOutcome | 'removed' | 'kept, the last admin' | 'erased with the change of environment or plane';
}

type Line = (name: string, outcome: ReportLine['outcome']) => ReportLine;

export const tenantLine: Line = (id, outcome) => ({ record: `tenant ${id}`, outcome });
export const credentialsLine: Line = (id, outcome) => ({ record: `credentials of ${id}`, outcome });
export const userLine: Line = (email, outcome) => ({ record: `user ${email}`, outcome });
export const adminCredentialsLine: Line = (environment, outcome) => ({
  record: `admin credentials of ${environment}`,
  outcome,
});
export const membershipLine = (
  email: string,
  tenant: string,
  outcome: ReportLine['outcome'],
): ReportLine => ({
  record: `membership of ${email} in ${tenant}`,
  outcome,
});
