import { type RouteName } from '../../apps/bff/src/http/routes.js';
import { type Provocations } from './contract-provocations.js';
import { ADMIN_PROVOCATIONS } from './contract-table-administration.js';
import { SESSION_PROVOCATIONS } from './contract-table-sessions.js';
import { TENANT_PROVOCATIONS } from './contract-table-tenants.js';

/** Every documented response of every operation, and how to cause it. */
export const PROVOCATIONS: Readonly<Record<RouteName, Provocations>> = {
  ...SESSION_PROVOCATIONS,
  ...TENANT_PROVOCATIONS,
  ...ADMIN_PROVOCATIONS,
};
