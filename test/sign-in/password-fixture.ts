import { expect } from '@jest/globals';
import { type Answer, type Browser } from '../support/browser.js';
import { expectNoSecrets, expectProblem } from '../support/forwarding.js';
import { expectNothingAsked } from '../support/raw-answer.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

export const MINUTE = 60_000;
const PASSWORD = '/session/password';
export const NEW = 'a-new-canary-password';

export interface Person {
  readonly email: string;
  readonly name: string;
  readonly password: string;
}

export function change(browser: Browser, body: object, address?: string): Promise<Answer> {
  return browser.put(PASSWORD, body, { 'x-forwarded-for': address });
}

export function expectChanged(answer: Answer): void {
  expect({ status: answer.status, text: answer.text }).toEqual({ status: 204, text: '' });
  expect(answer.headers['set-cookie']).toBeUndefined();
  expectNoSecrets(answer);
}

export function expectWrong(answer: Answer): void {
  expectProblem(answer, 401, 'bff_invalid_credentials');
  expect(answer.headers['set-cookie']).toBeUndefined();
}

export async function failTimes(times: number, browser: Browser, address?: string): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    expectWrong(await change(browser, { current: 'wrong-canary-password', new: NEW }, address));
  }
}

export async function expectAlive(...browsers: readonly Browser[]): Promise<void> {
  for (const browser of browsers) expect((await browser.get('/session')).status).toBe(200);
}

export async function expectDead(...browsers: readonly Browser[]): Promise<void> {
  for (const browser of browsers) {
    expectProblem(await browser.get('/session'), 401, 'bff_session_required');
  }
}

/** A service with users who have a password. */
export class PasswordFixture {
  private constructor(
    readonly bff: Bff,
    private readonly people: Person[],
  ) {}

  /** @param count number of users whose password tests may change */
  static async start(count: number): Promise<PasswordFixture> {
    const people = Array.from({ length: count }, (_, index) => ({
      email: `person-${index}@acme.example`,
      name: `Person ${index}`,
      password: `person-${index}-canary-password`,
    }));
    // Every connection comes from 127.0.0.1, a proxy where X-Forwarded-For is sent.
    const bff = await startBff({
      environment: { BFF_TRUSTED_PROXIES: '127.0.0.0/8' },
      directory: { ...the.directory, users: [...the.directory.users, ...people] },
    });
    return new PasswordFixture(bff, people);
  }

  close(): Promise<void> {
    return this.bff.close();
  }

  /** Expects that nothing was forwarded, and turns the clock past every lockout. */
  endTest(): void {
    expectNothingAsked(this.bff.sinch);
    this.bff.turnClock(16 * MINUTE);
  }

  /** A user of no other test. */
  nextPerson(): Person {
    const person = this.people.pop();
    if (person === undefined) throw new Error('Every user was given to a test');
    return person;
  }

  async signInStatus({ email }: Person, password: string): Promise<number> {
    return (await this.bff.browser().post('/session', { email, password })).status;
  }

  async expectPassword(person: Person, right: string, wrong: string): Promise<void> {
    expect(await this.signInStatus(person, right)).toBe(201);
    expect(await this.signInStatus(person, wrong)).toBe(401);
  }
}
