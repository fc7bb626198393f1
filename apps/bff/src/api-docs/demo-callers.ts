import { type FrontendClass } from '@bff/config';

/** The demo user and the tenant of a page's commands (apps/demo/directory.yaml). */
export interface DemoCaller {
  readonly email: string;
  readonly password: string;
  /** A tenant with an account, which the commands read and comment on. */
  readonly tenantId: string;
}

export const DEMO_CALLERS: Readonly<Record<FrontendClass, DemoCaller>> = {
  internal: { email: 'editor@acme.example', password: 'editor-demo-password', tenantId: 'acme' },
  partner: { email: 'partner@orchard.example', password: 'partner-demo-password', tenantId: 'orchard' },
  admin: { email: 'admin@bff.example', password: 'admin-demo-password', tenantId: 'summit' },
};

/** The demo tenant whose account the commands may create, change and delete; no other command depends on it. */
export const SANDBOX_TENANT_ID = 'sandbox';

/** Records that the administration commands create and remove. */
export const CREATED_RECORDS = { tenantId: 'northwind', email: 'new@northwind.example' } as const;
