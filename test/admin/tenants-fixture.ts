import { expect } from '@jest/globals';
import { administrating, deputy, type TenantRecord, userOf } from '../support/administering.js';
import { type Answer, type Browser } from '../support/browser.js';
import { perform } from '../support/forwarding.js';
import { type Bff, startBff } from '../support/start-bff.js';
import { the } from '../support/the.js';

export const TENANTS = '/v1/admin/tenants';

export interface NewTenant {
  readonly id: string;
  readonly name: string;
  readonly projectId: string;
  readonly environment: string;
  readonly plane: string;
}

export function credentialsOf(id: string): object {
  return { scheme: 'oauth2', keyId: `${id}-key`, keySecret: 'a-canary-secret' };
}

/** A service, two elevated admins, an editor, and a tenant that is new for each test. */
export class TenantsFixture {
  private tenants = 0;
  /** Public plane, production, with credentials and the editor as a member. */
  tenant: NewTenant = this.newTenant();

  private constructor(
    readonly bff: Bff,
    readonly admin: Browser,
    readonly second: Browser,
    readonly editor: Browser,
    readonly editorId: string,
  ) {}

  static async start(): Promise<TenantsFixture> {
    const bff = await startBff({ directory: { ...the.directory, users: [...the.directory.users, deputy] } });
    const admin = await administrating(bff);
    return new TenantsFixture(
      bff,
      admin,
      await administrating(bff, deputy),
      await bff.signedIn(the.editor),
      (await userOf(admin, the.editor.email)).id,
    );
  }

  close(): Promise<void> {
    return this.bff.close();
  }

  async createTenant(): Promise<void> {
    this.tenant = this.newTenant();
    const credentials = credentialsOf(this.tenant.id);
    expect((await this.admin.post(TENANTS, this.tenant)).status).toBe(201);
    expect((await this.admin.put(this.pathOf('credentials'), credentials)).status).toBe(200);
    const member = this.pathOf(`members/${this.editorId}`);
    expect((await this.admin.put(member, { role: 'editor' })).status).toBe(200);
    this.bff.sinch.reset();
  }

  async deleteTenant(): Promise<void> {
    await this.admin.delete(this.pathOf());
  }

  newTenant(): NewTenant {
    this.tenants += 1;
    const [id, name, projectId] = [`t-${this.tenants}`, `Tenant ${this.tenants}`, `p-${this.tenants}`];
    return { id, name, projectId, environment: 'production', plane: 'public' };
  }

  /** The path of a tenant, by default of the one of the test, or of something below it. */
  pathOf(below?: string, id = this.tenant.id): string {
    return `${TENANTS}/${id}${below === undefined ? '' : `/${below}`}`;
  }

  async read(id = this.tenant.id): Promise<TenantRecord> {
    const answer = await this.admin.get(this.pathOf(undefined, id));
    expect(answer.status).toBe(200);
    return answer.json as TenantRecord;
  }

  /** Calls the upstream as the editor. */
  call(): Promise<Answer> {
    return perform(this.editor, 'account.get', this.tenant.id);
  }
}
