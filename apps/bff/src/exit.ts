import { DirectoryFileError } from '@bff/directory';
import { ConfigurationError } from '@bff/config';

/**
 * Exit codes (docs/contract.md section 2): failed, wrong usage, configuration (`EX_CONFIG` of sysexits.h).
 */
export const EXIT = { failed: 1, usage: 2, configuration: 78 } as const;

/** What was given, in arguments or on standard input, is nothing that can be worked with. */
export class UsageError extends Error {
  override readonly name = 'UsageError';

  constructor(sentences: readonly string[]) {
    super(sentences.join('\n'));
  }
}

/** What went wrong, for a person at a terminal: every problem on a line, never a stack. */
export function explain(error: unknown): string {
  if (error instanceof ConfigurationError || error instanceof DirectoryFileError)
    return [`${error.message}:`, ...error.problems].join('\n  ');
  const { code, address, port, message } = error as NodeJS.ErrnoException & {
    address?: string;
    port?: number;
  };
  if (code === 'EADDRINUSE')
    return `${address}:${port} is already in use; stop what listens there or choose another port`;
  if (code === 'ECONNREFUSED') return `Nothing answers at ${address}:${port}`;
  return message;
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof ConfigurationError) return EXIT.configuration;
  return error instanceof UsageError ? EXIT.usage : EXIT.failed;
}
