import { describe } from '@jest/globals';
import { operates } from '../support/operates.js';
import { embeddedDatabase } from '../support/test-database.js';

describe('bff while a service runs on the same embedded directory', () =>
  operates(() => Promise.resolve(embeddedDatabase()), true));
