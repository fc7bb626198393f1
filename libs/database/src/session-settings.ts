/** Server-side limits of the statements of a transaction, in milliseconds. */
export interface TransactionLimits {
  readonly lockMs: number;
  readonly statementMs: number;
}

/** Maximum time for which a transaction of a lost client keeps its locks. */
const IDLE_IN_TRANSACTION_MS = 5_000;

/**
 * Sets everything that name resolution, parsing and deadlines depend on. The settings of a role or a database
 * (`ALTER ROLE ... SET DateStyle`) must not change the values that are read, and a pooler in transaction mode
 * loses or mixes session settings, so each transaction sets them for itself.
 */
export function sessionSettings({ lockMs, statementMs }: TransactionLimits): string {
  const settings = {
    search_path: 'public',
    datestyle: 'ISO, YMD',
    intervalstyle: 'postgres',
    timezone: 'UTC',
    extra_float_digits: '1',
    bytea_output: 'hex',
    standard_conforming_strings: 'on',
    lock_timeout: String(lockMs),
    statement_timeout: String(statementMs),
    idle_in_transaction_session_timeout: String(IDLE_IN_TRANSACTION_MS),
  };
  return Object.entries(settings)
    .map(([name, value]) => `set local ${name} = '${value}'`)
    .join('; ');
}
