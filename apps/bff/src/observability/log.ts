import { types } from 'node:util';
import { BFF_CONFIG, type BffConfig, shownAddress } from '@bff/config';
import { PeerFailure, rootCause } from '@bff/problems';
import { Inject, Injectable, type LoggerService } from '@nestjs/common';
import pino, { type Logger } from 'pino';
import { type RequestContext } from '../http/request-context.js';
import { FailureLimit } from './failure-limit.js';
import { LogOutput } from './log-output.js';

/** Maximum wait for the last log lines before the process exits. */
const FLUSH_TIMEOUT_MS = 1_000;

/** Maximum length of a logged error code. Upstream error codes can have any length. */
const MAX_CODE_LENGTH = 100;

/** Writes JSON lines to standard output asynchronously, with one line for each request. */
@Injectable()
export class Log implements LoggerService {
  private readonly output = new LogOutput();
  private readonly failures = new FailureLimit();
  private readonly pino: Logger;
  private readonly addresses: BffConfig['logAddresses'];
  private formattedAt = 0;
  private formattedTime = '';

  constructor(@Inject(BFF_CONFIG) config: BffConfig) {
    this.addresses = config.logAddresses;
    this.pino = pino(
      {
        level: config.logLevel,
        base: null,
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: LEVEL_FORMATTERS,
      },
      this.output,
    );
  }

  /** Logs the ids, names, status and times of a request, but no cookie, secret, token, request target or body. */
  request(context: RequestContext, status: number, durationMs: number): void {
    if (!this.pino.isLevelEnabled('info')) return;
    const { requestId, frontend, session, grantedAccess, operation, upstream, errorCode } = context;
    const client = shownAddress(context.clientAddress, this.addresses);
    // Formatted by hand, because a general JSON logger takes a tenth of the CPU time of a request. Only upstream error
    // codes can contain characters that need escaping; all other values are validated on input.
    this.output.write(
      `{"level":"info","time":"${this.now()}","id":"${requestId}","client":${quoted(client)}` +
        `,"user":${quoted(session?.user.id)},"frontend":${quoted(frontend?.name)}` +
        `,"tenant":${quoted(grantedAccess?.tenant.id)},"operation":${quoted(operation)},"server":${quoted(upstream?.server)}` +
        `,"status":${status},"errorCode":${errorCode === null ? 'null' : JSON.stringify(errorCode.slice(0, MAX_CODE_LENGTH))}` +
        `,"upstreamMs":${upstream === null ? 'null' : round(upstream.ms)}` +
        `,"totalMs":${round(durationMs)}}\n`,
    );
  }

  /** Returns the time in ISO 8601, which is formatted once per millisecond. */
  private now(): string {
    const now = Date.now();
    if (now !== this.formattedAt) {
      this.formattedAt = now;
      this.formattedTime = new Date(now).toISOString();
    }
    return this.formattedTime;
  }

  /** Logs a request that the HTTP parser rejected, of which only the response is known. */
  rejectedByParser(id: string, status: number, errorCode: string): void {
    const unknown = {
      client: null,
      user: null,
      frontend: null,
      tenant: null,
      operation: null,
      server: null,
      upstreamMs: null,
      totalMs: null,
    };
    this.pino.info({ id, ...unknown, status, errorCode });
  }

  /** Nest's start-up messages are useful only to developers, so they are logged at level debug. */
  log(message: unknown): void {
    this.pino.debug(textOf(message));
  }

  listening(port: number, managementPort: number): void {
    this.pino.info({ port, managementPort }, 'listening');
  }

  error(message: unknown, ...details: unknown[]): void {
    const [cause] = details;
    this.pino.error(types.isNativeError(cause) ? { err: errorFields(cause) } : {}, textOf(message));
  }

  /**
   * Logs a warning. A {@link PeerFailure} is logged at most once per minute and kind; the fields of an object become fields
   * of the line.
   */
  warn(message: unknown): void {
    if (message instanceof PeerFailure) this.warnOfPeerFailure(message);
    else if (typeof message === 'object' && message !== null) this.pino.warn(message);
    else this.pino.warn(textOf(message));
  }

  private warnOfPeerFailure(failure: PeerFailure): void {
    const suppressed = this.failures.admit(failure.key);
    if (suppressed === null) return;
    const { requestId: id, peer, errorCode, code, cause } = failure;
    this.pino.warn({ id, peer, errorCode, code, cause, suppressed }, 'a peer failed');
  }

  debug(message: unknown): void {
    this.pino.debug(textOf(message));
  }

  verbose(message: unknown): void {
    this.pino.trace(textOf(message));
  }

  /** Number of lines that could not be written since the start. */
  get dropped(): number {
    return this.output.dropped;
  }

  /** Waits at most one second for buffered lines. */
  flush(): Promise<void> {
    return this.output.flush(FLUSH_TIMEOUT_MS);
  }
}

const LEVEL_FORMATTERS = { level: (level: string) => ({ level }) };

function quoted(text: string | null | undefined): string {
  return text === null || text === undefined ? 'null' : `"${text}"`;
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}

/** Type, root cause and stack of an error, without its other properties, such as the parameters of a query. */
function errorFields(error: Error): object {
  const frames = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  return { type: error.name, ...rootCause(error), stack: frames.join('\n') };
}

function textOf(message: unknown): string {
  return typeof message === 'string' ? message : String(message);
}
