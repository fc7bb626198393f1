import { describe } from '@jest/globals';
import { startWithoutTable } from './audit-outage.js';
import { testAdminsDuringOutage } from './outage-admins.js';

describe('while the table of the audit log is missing', () => testAdminsDuringOutage(startWithoutTable));
