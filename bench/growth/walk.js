import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { measured, startWrk } from '../measure.js';
import { browserHeaders } from '../scenario.js';

const script = join(import.meta.dirname, 'walk.lua');
/** A process that has just started may be slow. */
const TIMEOUT = '10s';
/** The end of a pass that does not come. */
const MAX_PASS_SECONDS = 600;

/** Requests of many sessions and tenants to one service, in turn. */
export class Walk {
  #file;

  /** @param requests pairs of a cookie and a path */
  constructor(workshop, service, name, requests) {
    this.service = service;
    this.length = requests.length;
    this.#file = workshop.path(`${name}.requests`);
    writeFileSync(this.#file, requests.map((pair) => pair.join(' ')).join('\n'));
  }

  /** Sends each request at least once. @returns the processor time per request */
  async pass(connections) {
    return measured(this.service, () => {
      const { child, ended } = this.#start(MAX_PASS_SECONDS, 0, connections);
      child.stdout.on('data', (chunk) => {
        // wrk sleeps for its duration; an interrupt ends it with its result.
        if (chunk.includes('walked')) child.kill('SIGINT');
      });
      return ended;
    });
  }

  /**
   * Sends requests for some time.
   * @param first the part of the requests after which it begins, from 0 to 1
   */
  async measure(seconds, first) {
    return measured(this.service, () => this.#start(seconds, Math.floor(first * this.length)).ended);
  }

  #start(seconds, first, connections) {
    const { name, origin } = this.service;
    const options = ['-d', `${seconds}s`, '--timeout', TIMEOUT, '-s', script];
    const args = [...options, origin, this.#file, String(first)];
    const { child, ended } = startWrk(name, browserHeaders, args, connections);
    return { child, ended: ended.catch((error) => this.#explain(error)) };
  }

  /** Adds to an error the first failure that the service logged. */
  #explain(error) {
    const failure = /^.*"status":(?!200).*$/m.exec(readFileSync(this.service.log, 'utf8'))?.[0];
    throw new Error(`${error.message}\n${failure ?? 'The service logged no failure.'}`, { cause: error });
  }
}
