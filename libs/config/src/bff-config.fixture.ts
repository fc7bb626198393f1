import { createHash } from 'node:crypto';
import { loadConfig } from './bff-config.js';
import { ConfigurationError, type EnvironmentVariables } from './environment-reader.js';

/** The minimal environment of profile production, with a key that is not a secret. */
export const PRODUCTION: EnvironmentVariables = {
  BFF_PROFILE: 'production',
  BFF_FRONTENDS: '[{ "name": "console", "class": "internal", "origin": "https://console.example.com" }]',
  DATABASE_URL: 'postgres://bff@db/bff',
  REDIS_URL: 'redis://cache',
  BFF_ENCRYPTION_KEYS: `k1:${createHash('sha256').update('a fixture of profile production').digest('base64')}`,
};

/** Returns the problems that start-up lists for an environment; empty if it is valid. */
export function problemsOf(variables: EnvironmentVariables): readonly string[] {
  try {
    loadConfig(variables);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}
