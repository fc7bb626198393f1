/**
 * Writes `/openapi.json` of a development server, which has all routes, to the file openapi.json. With `--check` it only
 * compares, and fails if the file is stale. Needs no running service and no build.
 */
import 'reflect-metadata';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openApiDocument } from '../apps/bff/src/api-docs/openapi-document.ts';
import { ROUTES } from '../apps/bff/src/http/routes.ts';

const FILE = join(import.meta.dirname, '..', 'openapi.json');
const text = `${JSON.stringify(openApiDocument(Object.keys(ROUTES)), null, 2)}\n`;

if (!process.argv.includes('--check')) {
  writeFileSync(FILE, text);
} else if (readFileSync(FILE, 'utf8') !== text) {
  console.error('openapi.json is stale: run npm run openapi');
  process.exitCode = 1;
}
