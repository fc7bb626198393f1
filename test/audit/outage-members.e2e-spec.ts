import { describe } from '@jest/globals';
import { startWithoutTable } from './audit-outage.js';
import { testMembersDuringOutage } from './outage-members.js';

describe('while the table of the audit log is missing', () => testMembersDuringOutage(startWithoutTable));
