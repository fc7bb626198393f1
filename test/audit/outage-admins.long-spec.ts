import { describeWithPostgres } from '../support/postgres.js';
import { startWithPostgres } from './audit-outage.js';
import { testAdminsDuringOutage } from './outage-admins.js';

describeWithPostgres('while PostgreSQL is unavailable', () =>
  testAdminsDuringOutage(() => startWithPostgres()),
);
