/** Server-side limits of one transaction, in milliseconds. */
export interface TransactionLimits {
  readonly lockMs: number;
  readonly statementMs: number;
}

/** A transaction whose client has disappeared keeps its locks for at most this long. */
const IDLE_IN_TRANSACTION_MS = 5_000;

/**
 * Everything that names, parsing and deadlines depend on. The settings of a role or a database
 * (`ALTER ROLE ... SET DateStyle`) must not change what we read, and a pooler in transaction mode forgets or mixes up
 * settings of a session: therefore they are set in every transaction, for that transaction.
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
