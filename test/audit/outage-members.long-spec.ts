import { describeWithPostgres } from '../support/postgres.js';
import { startWithPostgres } from './audit-outage.js';
import { testMembersDuringOutage } from './outage-members.js';

describeWithPostgres('while PostgreSQL is unavailable', () =>
  testMembersDuringOutage(() => startWithPostgres()),
);
