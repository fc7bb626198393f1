import { expect } from '@jest/globals';
import { administrating, deputy, type UserRecord } from '../support/administering.js';
import { type Answer, type Browser } from '../support/browser.js';
import { expectNoSecrets, expectProblem, perform } from '../support/forwarding.js';
import { expectNothingAsked } from '../support/raw-answer.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

export const USERS = '/v1/admin/users';

export interface NewUser {
  readonly email: string;
  readonly name: string;
  readonly password: string;
  readonly memberships: readonly object[];
}

/** A service, an elevated admin, and a viewer of acme who is new for each test. */
export class UsersFixture {
  private users = 0;
  user: NewUser = this.newUser();
  id = '';

  private constructor(
    readonly bff: Bff,
    public admin: Browser,
  ) {}

  static async start(): Promise<UsersFixture> {
    const bff = await startBff({ directory: { ...the.directory, users: [...the.directory.users, deputy] } });
    return new UsersFixture(bff, await administrating(bff));
  }

  close(): Promise<void> {
    return this.bff.close();
  }

  async createUser(): Promise<void> {
    this.user = this.newUser();
    const created = await this.admin.post(USERS, this.user);
    expect(created.status).toBe(201);
    ({ id: this.id } = created.json as UserRecord);
  }

  newUser(): NewUser {
    this.users += 1;
    return {
      email: `user-${this.users}@acme.example`,
      name: `User ${this.users}`,
      password: `user-${this.users}-canary-password`,
      memberships: [{ tenant: 'acme', role: 'viewer' }],
    };
  }

  patch(changes: unknown, id = this.id): Promise<Answer> {
    return this.admin.patch(`${USERS}/${id}`, changes);
  }

  async read(id = this.id): Promise<UserRecord> {
    const answer = await this.admin.get(`${USERS}/${id}`);
    expect(answer.status).toBe(200);
    expectNoSecrets(answer);
    return answer.json as UserRecord;
  }

  async expectNoSignIn(email: string, password: string): Promise<void> {
    const answer = await this.bff.browser().post('/session', { email, password });
    expectProblem(answer, 401, 'bff_invalid_credentials');
  }

  async expectEnded(browser: Browser): Promise<void> {
    expectProblem(await browser.get('/session'), 401, 'bff_session_required');
    expectProblem(await perform(browser, 'account.get'), 401, 'bff_session_required');
    expectNothingAsked(this.bff.sinch);
  }
}
