import { types } from 'node:util';
import { BFF_CONFIG, type BffConfig, keptAddress } from '@bff/config';
import { PeerFailure, rootCause } from '@bff/problems';
import { Inject, Injectable, type LoggerService } from '@nestjs/common';
import pino, { type Logger } from 'pino';
import { type RequestContext } from '../http/request-context.js';
import { FailureLimit } from './failure-limit.js';
import { LogOutput } from './log-output.js';

/** How long the end of the process waits for its last lines. */
const FLUSH_MS = 1_000;

/** The upstream's error codes are its own; what is longer than this is none. */
const MAX_CODE_LENGTH = 100;

/** JSON lines on standard output, written behind the requests' backs; and the one line of every request. */
@Injectable()
export class Log implements LoggerService {
  private readonly output = new LogOutput();
  private readonly failures = new FailureLimit();
  private readonly pino: Logger;
  private readonly addresses: BffConfig['logAddresses'];

  constructor(@Inject(BFF_CONFIG) config: BffConfig) {
    this.addresses = config.logAddresses;
    this.pino = pino(
      {
        level: config.logLevel,
        base: null,
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: LEVEL_NAMES,
      },
      this.output,
    );
  }

  /** Ids, names, statuses and times; never a cookie, secret, token, address line or body. */
  request(context: RequestContext, status: number): void {
    if (!this.pino.isLevelEnabled('info')) return;
    const { requestId, frontend, session, grantedAccess, operation, upstream, errorCode, startedAt } =
      context;
    const client = keptAddress(context.clientAddress, this.addresses);
    // By hand: a general JSON logger is a tenth of the request's CPU. Only the upstream's error codes could hold
    // anything that needs escaping; everything else is checked where it comes in.
    this.output.write(
      `{"level":"info","time":"${new Date().toISOString()}","id":"${requestId}","client":${quoted(client)}` +
        `,"user":${quoted(session?.user.id)},"frontend":${quoted(frontend?.name)}` +
        `,"tenant":${quoted(grantedAccess?.tenant.id)},"operation":${quoted(operation)},"server":${quoted(upstream?.server)}` +
        `,"status":${status},"errorCode":${errorCode === null ? 'null' : JSON.stringify(errorCode.slice(0, MAX_CODE_LENGTH))}` +
        `,"upstreamMs":${upstream === null ? 'null' : round(upstream.ms)}` +
        `,"totalMs":${round(performance.now() - startedAt)}}\n`,
    );
  }

  /** A request that the HTTP parser refused: nothing is known of it but the answer. */
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

  /** What Nest tells at every start is of use to nobody but a developer. */
  log(message: unknown): void {
    this.pino.debug(textOf(message));
  }

  listening(port: number, managementPort: number): void {
    this.pino.info({ port, managementPort }, 'listening');
  }

  error(message: unknown, ...details: unknown[]): void {
    const [cause] = details;
    this.pino.error(types.isNativeError(cause) ? { err: describe(cause) } : {}, textOf(message));
  }

  /**
   * A {@link PeerFailure} is repeated once a minute at most; anything else is logged as it comes, the fields of an object as
   * fields of the line.
   */
  warn(message: unknown): void {
    if (message instanceof PeerFailure) this.peerFailed(message);
    else if (typeof message === 'object' && message !== null) this.pino.warn(message);
    else this.pino.warn(textOf(message));
  }

  private peerFailed(failure: PeerFailure): void {
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

  /** Lines that could not be written since the start. */
  get dropped(): number {
    return this.output.dropped;
  }

  /** Waits for the lines that are not written yet, but for a second at most. */
  flush(): Promise<void> {
    return this.output.flush(FLUSH_MS);
  }
}

const LEVEL_NAMES = { level: (level: string) => ({ level }) };

function quoted(text: string | null | undefined): string {
  return text === null || text === undefined ? 'null' : `"${text}"`;
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}

/** Where and why something failed, without what the error carries: a query with its parameters, for example. */
function describe(error: Error): object {
  const frames = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  return { type: error.name, ...rootCause(error), stack: frames.join('\n') };
}

function textOf(message: unknown): string {
  return typeof message === 'string' ? message : String(message);
}
