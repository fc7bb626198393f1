import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { tools } from './tools.js';

/** Checks openapi.json with the rules of Redocly and Spectral. */
const root = join(import.meta.dirname, '..');
const { folder } = tools('openapi');
const rules = (name, ...args) =>
  execFileSync(process.execPath, [join(folder, 'node_modules', name), 'lint', ...args], {
    cwd: root,
    stdio: 'inherit',
  });

rules('@redocly/cli/bin/cli.js', 'openapi.json');
rules('@stoplight/spectral-cli/dist/index.js', '--fail-severity=warn', 'openapi.json');
