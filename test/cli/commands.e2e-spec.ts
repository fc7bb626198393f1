import { describe } from '@jest/globals';
import { describeCommands } from '../support/command-tests.js';
import { embeddedDatabase } from '../support/test-database.js';

describe('bff while a service runs on the same embedded directory', () =>
  describeCommands(() => Promise.resolve(embeddedDatabase()), true));
