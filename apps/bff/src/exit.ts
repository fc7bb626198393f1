import { DirectoryFileError } from '@bff/directory';
import { ConfigurationError } from '@bff/config';

/** The exit codes (docs/contract.md section 2); 78 is `EX_CONFIG` of sysexits.h. */
export const EXIT = { failed: 1, usage: 2, configuration: 78 } as const;

/** Invalid arguments or invalid standard input of a command. */
export class UsageError extends Error {
  override readonly name = 'UsageError';

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
  }
}

/** Formats an error for a terminal: one problem per line, without a stack trace. */
export function explain(error: unknown): string {
  if (error instanceof ConfigurationError || error instanceof DirectoryFileError)
    return [`${error.message}:`, ...error.problems].join('\n  ');
  const { code, address, port, message } = error as NodeJS.ErrnoException & {
    address?: string;
    port?: number;
  };
  if (code === 'EADDRINUSE')
    return (
      `${address}:${port} is already in use; stop the process that listens there, or choose another port with ` +
      'BFF_PORT and BFF_MANAGEMENT_PORT'
    );
  // The only server that a start or a command needs before it can go on.
  if (code === 'ECONNREFUSED')
    return `${address}:${port} refused the connection; check DATABASE_URL and that the database runs`;
  return message;
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof ConfigurationError) return EXIT.configuration;
  return error instanceof UsageError ? EXIT.usage : EXIT.failed;
}
