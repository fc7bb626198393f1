import { expect, it } from '@jest/globals';
import { problemsOf, PRODUCTION } from './bff-config.fixture.js';
import { type EnvironmentVariables } from './environment-reader.js';

it.each<[what: string, variables: EnvironmentVariables, problem: string]>([
  [
    'an embedded database in production',
    { ...PRODUCTION, DATABASE_URL: 'pglite:.data/directory' },
    'DATABASE_URL: must be a postgres:// address in profile production',
  ],
  [
    'another database',
    { DATABASE_URL: 'mysql://db' },
    'DATABASE_URL: must be postgres://…, pglite:<directory> or pglite:memory',
  ],
])('%s is rejected (RES-18)', (_, variables, problem) => {
  expect(problemsOf(variables)).toEqual([problem]);
});
