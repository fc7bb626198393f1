import { expect } from '@jest/globals';
import { deputy } from '../support/administering.js';
import { type Answer, type Browser } from '../support/browser.js';
import { codeAt, REASON } from '../support/elevating.js';
import { expectProblem } from '../support/forwarding.js';
import { expectNothingAsked } from '../support/raw-answer.js';
import { type Bff, type FrontendName, frontends, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

export const MINUTE = 60_000;
export const ELEVATION = '/session/elevation';

/** An admin who cannot elevate. */
export const withoutSecondFactor = {
  ...deputy,
  email: 'plain@bff.example',
  name: 'Pla In',
  totpSecret: undefined,
};

export function expectRefused(answer: Answer): void {
  expectProblem(answer, 403, 'bff_elevation_refused');
  expect(answer.headers['set-cookie']).toBeUndefined();
}

/** A service with two admin frontends, `admin` and `narrow`, and a clock that tests turn. */
export class CodesFixture {
  private constructor(readonly bff: Bff) {}

  static async start(): Promise<CodesFixture> {
    // Every connection comes from 127.0.0.1, a proxy where X-Forwarded-For is sent.
    const bff = await startBff({
      environment: {
        BFF_TRUSTED_PROXIES: '127.0.0.0/8',
        BFF_FRONTENDS: JSON.stringify([
          ...[frontends.console, frontends.partners, frontends.admin],
          { ...frontends.narrow, class: 'admin' },
        ]),
      },
      directory: { ...the.directory, users: [...the.directory.users, deputy, withoutSecondFactor] },
    });
    return new CodesFixture(bff);
  }

  close(): Promise<void> {
    return this.bff.close();
  }

  /** Expects that nothing was forwarded, and turns the clock past every lockout. */
  endTest(): void {
    expectNothingAsked(this.bff.sinch);
    this.bff.turnClock(16 * MINUTE);
  }

  admin(frontend: FrontendName = 'admin'): Promise<Browser> {
    return this.bff.signedIn(the.admin, frontend);
  }

  /** A code that is neither used nor one step away from a used one. */
  freshCode(): string {
    this.bff.turnClock(2 * MINUTE);
    return codeAt(this.bff.now());
  }

  wrongCode(): string {
    const good = [-1, 0, 1].map((steps) => codeAt(this.bff.now(), steps));
    return ['314159', '271828', '161803', '141421'].find((code) => !good.includes(code)) ?? '';
  }

  elevate(browser: Browser, body: object, address?: string): Promise<Answer> {
    const headers = { 'x-forwarded-for': address };
    return browser.post(ELEVATION, { reason: REASON, ...body }, headers);
  }

  async failTimes(times: number, browser: Browser, address?: string): Promise<void> {
    for (let time = 0; time < times; time += 1) {
      expectRefused(await this.elevate(browser, { code: this.wrongCode() }, address));
    }
  }
}
