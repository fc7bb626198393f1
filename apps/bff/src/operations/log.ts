import { BFF_CONFIG, type BffConfig } from '@bff/config';
import { Inject, Injectable, type LoggerService, type OnApplicationShutdown } from '@nestjs/common';
import pino, { type Logger } from 'pino';
import { type RequestContext } from '../request/request-context.js';

/** JSON lines on standard output, written behind the requests' backs; and the one line of every request. */
@Injectable()
export class Log implements LoggerService, OnApplicationShutdown {
  private readonly destination = pino.destination({ dest: 1, sync: false });
  private readonly pino: Logger;

  constructor(@Inject(BFF_CONFIG) config: BffConfig) {
    this.pino = pino(
      {
        level: config.logLevel,
        base: null,
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: LEVEL_NAMES,
      },
      this.destination,
    );
  }

  /** Ids, names, statuses and times; never a cookie, secret, token, address line or body. */
  request(context: RequestContext, status: number): void {
    this.pino.info({
      id: context.requestId,
      frontend: context.frontend?.name ?? null,
      tenant: context.granted?.tenant.id ?? null,
      operation: context.operation,
      server: context.upstream?.server ?? null,
      status,
      errorCode: context.errorCode,
      upstreamMs: context.upstream === null ? null : round(context.upstream.ms),
      totalMs: round(performance.now() - context.startedAt),
    });
  }

  /** A request that the HTTP parser refused: nothing is known of it but the answer. */
  refusedByParser(id: string, status: number, errorCode: string): void {
    this.pino.info({ id, frontend: null, tenant: null, operation: null, server: null, status, errorCode });
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
    this.pino.error(cause instanceof Error ? { err: cause } : {}, textOf(message));
  }

  warn(message: unknown): void {
    this.pino.warn(textOf(message));
  }

  debug(message: unknown): void {
    this.pino.debug(textOf(message));
  }

  verbose(message: unknown): void {
    this.pino.trace(textOf(message));
  }

  onApplicationShutdown(): void {
    this.destination.flushSync();
  }
}

const LEVEL_NAMES = { level: (level: string) => ({ level }) };

function round(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}

function textOf(message: unknown): string {
  return typeof message === 'string' ? message : String(message);
}
