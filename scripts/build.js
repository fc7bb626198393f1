/**
 * Builds `dist`: bundles each program with its packages, because one file starts in a quarter of the time that 2 300
 * modules need (docs/decisions/0026-programs-are-bundled.md). Does not check types; `npm run typecheck` does.
 */
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'rolldown';

const PROGRAMS = {
  service: 'apps/bff/src/main.ts',
  bff: 'apps/bff/src/cli/main.ts',
  demo: 'apps/demo/src/main.ts',
  'demo-code': 'apps/demo/src/code.ts',
  'demo-seed': 'apps/demo/src/seed.ts',
  simulator: 'apps/sinch-simulator/src/main.ts',
  'hashing-worker': 'libs/identity/src/passwords/hashing-worker.ts',
};

/** Packages that load files of their own: WebAssembly, a native addon, the script of a thread. */
const UNBUNDLED = [/^@electric-sql\/pglite/, /^@node-rs\/argon2/, /^piscina/];

/** Packages that others use only if they are installed. */
const NOT_INSTALLED = [
  /^@nestjs\/(microservices|platform-express|websockets)/,
  /^@fastify\/(multipart|static|view)$/,
  'pg-native',
];

/** Printed by every program that an older Node starts, instead of the error of the first missing function. */
const NODE_CHECK = `if (Number(process.versions.node.split('.')[0]) < 24) {
  console.error('Node.js 24 or later is needed; this is ' + process.version);
  process.exit(78);
}`;

const root = join(import.meta.dirname, '..');

rmSync(join(root, 'dist'), { recursive: true, force: true });
await build({
  cwd: root,
  input: PROGRAMS,
  platform: 'node',
  tsconfig: 'tsconfig.json',
  external: [...UNBUNDLED, ...NOT_INSTALLED],
  output: {
    dir: 'dist/bin',
    format: 'esm',
    chunkFileNames: '[name].js',
    sourcemap: true,
    banner: NODE_CHECK,
  },
});
cpSync(join(root, 'libs/database/migrations'), join(root, 'dist/migrations'), { recursive: true });
