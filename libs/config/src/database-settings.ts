import { type EnvironmentReader } from './environment-reader.js';
import { Secret } from './secret.js';

/** The database to use; `pglite` with directory null is an in-memory database. */
export type DatabaseSettings =
  | { readonly kind: 'pglite'; readonly directory: string | null }
  | { readonly kind: 'postgres'; readonly url: Secret };

/** Reads `DATABASE_URL`. */
export function readDatabase(reader: EnvironmentReader, development: boolean): DatabaseSettings {
  const value = reader.text('DATABASE_URL');
  if (value === undefined && !development) reader.mustBeSet('DATABASE_URL');
  const text = value ?? 'pglite:.data/directory';
  if (/^postgres(ql)?:\/\//.test(text) && URL.canParse(text))
    return { kind: 'postgres', url: new Secret(text) };
  if (value !== undefined && !development) {
    reader.problems.push('DATABASE_URL: must be a postgres:// address in profile production');
  } else if (!/^pglite:./.test(text)) {
    reader.problems.push('DATABASE_URL: must be postgres://…, pglite:<directory> or pglite:memory');
  }
  const directory = text.slice('pglite:'.length);
  return { kind: 'pglite', directory: directory === 'memory' ? null : directory };
}
