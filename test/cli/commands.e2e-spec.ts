import { describe } from '@jest/globals';
import { operates } from '../support/operates.js';
import { lastingDatabase } from '../support/test-database.js';

describe('bff without a running service', () => operates(lastingDatabase, false));
