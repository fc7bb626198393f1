import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Checks openapi.json with the rules of Redocly and Spectral. They are installed on first use, because they have more
 * packages than the rest of the development tools and no test needs them.
 */
const root = join(import.meta.dirname, '..');
const folder = join(root, 'tools', 'openapi');
const run = (program, ...args) => execFileSync(program, args, { cwd: root, stdio: 'inherit' });
const rules = (name, ...args) => run(process.execPath, join(folder, 'node_modules', name), 'lint', ...args);

if (!existsSync(join(folder, 'node_modules', '.package-lock.json'))) run('npm', 'ci', '--prefix', folder);
rules('@redocly/cli/bin/cli.js', 'openapi.json');
rules('@stoplight/spectral-cli/dist/index.js', '--fail-severity=warn', 'openapi.json');
