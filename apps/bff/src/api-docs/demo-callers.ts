import { type FrontendClass } from '@bff/config';

/** The person and the tenant of a page's commands; they exist in the demo (apps/demo/directory.yaml). */
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

/** The demo's tenant whose account commands may create, change and delete: nothing else depends on it. */
export const SANDBOX_TENANT_ID = 'sandbox';

/** What the commands of administration create, and remove again. */
export const CREATED_RECORDS = { tenantId: 'northwind', email: 'new@northwind.example' } as const;
