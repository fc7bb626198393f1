import { describe } from '@jest/globals';
import { describeCommands } from '../support/command-tests.js';
import { lastingDatabase } from '../support/test-database.js';

describe('bff without a running service', () => describeCommands(lastingDatabase, false));
