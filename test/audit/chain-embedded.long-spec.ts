import { afterAll, describe } from '@jest/globals';
import { describeAuditChains } from '../support/audit-chain-tests.js';
import { embeddedDatabase, type TestDatabase } from '../support/test-database.js';

describe('the audit log in the embedded database', () => {
  const databases: TestDatabase[] = [];
  afterAll(async () => {
    for (const database of databases) await database.drop();
  });
  describeAuditChains(() => {
    const database = embeddedDatabase();
    databases.push(database);
    return Promise.resolve(database.url);
  });
});
