const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  // Runs test files in Node itself, so that the modules of the service are loaded once and not for each file.
  runner: 'jest-light-runner/child-process',
  setupFilesAfterEnv: ['<rootDir>/test/runner/timeouts.js'],
};

const withDatabases = {
  ...shared,
  globalSetup: '<rootDir>/test/runner/databases.ts',
  globalTeardown: '<rootDir>/test/runner/remove-databases.ts',
};

export default {
  projects: [
    { ...shared, displayName: 'unit', testMatch: ['<rootDir>/{apps,libs}/**/*.spec.ts'] },
    { ...withDatabases, displayName: 'e2e', testMatch: ['<rootDir>/test/**/*.e2e-spec.ts'] },
    { ...withDatabases, displayName: 'load', testMatch: ['<rootDir>/test/**/*.load-spec.ts'] },
    { ...withDatabases, displayName: 'long', testMatch: ['<rootDir>/test/**/*.long-spec.ts'] },
  ],
  maxWorkers: 2,
  testSequencer: '<rootDir>/test/runner/slow-first.js',
};
