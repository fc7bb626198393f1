import { existsSync, readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL, URL } from 'node:url';
import { transformSync } from '@swc/core';

/**
 * Lets Node load the TypeScript of this repository as it is: `@bff/<lib>` is a folder of `libs`, a relative `.js` is the
 * `.ts` beside it, and `@jest/globals` are the globals that the runner sets.
 */

const root = join(import.meta.dirname, '..', '..');
const jestGlobals = pathToFileURL(join(import.meta.dirname, 'jest-globals.js')).href;

// Workers and the programs that tests start load the same modules again and again.
process.env['NODE_COMPILE_CACHE'] ??= join(root, 'node_modules', '.cache', 'compiled');

const options = {
  jsc: {
    target: 'es2024',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
  },
  module: { type: 'es6' },
  sourceMaps: 'inline',
};

function resolve(specifier, context, nextResolve) {
  if (specifier === '@jest/globals') return { url: jestGlobals, shortCircuit: true };
  const [, lib] = /^@bff\/([\w-]+)$/.exec(specifier) ?? [];
  if (lib !== undefined) {
    return { url: pathToFileURL(join(root, 'libs', lib, 'src', 'index.ts')).href, shortCircuit: true };
  }
  if (specifier.startsWith('.') && specifier.endsWith('.js') && context.parentURL?.includes('.ts')) {
    const source = new URL(`${specifier.slice(0, -'.js'.length)}.ts`, context.parentURL);
    source.search = '';
    if (existsSync(source)) return { url: source.href, shortCircuit: true };
  }
  if (!context.conditions.includes('import')) return nextResolve(specifier, context);
  return resolvePackageFile(specifier, context.parentURL) ?? resolveOnce(specifier, context, nextResolve);
}

/** A module beside another one of its package. Node reads package.json again for each of them, most of the time of a start. */
function resolvePackageFile(specifier, parentURL) {
  if (!/^\.\.?\/.*\.m?js$/.test(specifier) || !parentURL?.includes('/node_modules/')) return undefined;
  const url = new URL(specifier, parentURL);
  const isModule = url.pathname.endsWith('.mjs') || typeIn(dirname(url.pathname)) === 'module';
  return isModule ? { url: url.href, format: 'module', shortCircuit: true } : undefined;
}

const types = new Map();

/** The `type` that applies to the files of a folder. */
function typeIn(folder) {
  let type = types.get(folder);
  if (type === undefined) {
    const path = join(folder, 'package.json');
    if (existsSync(path)) type = JSON.parse(readFileSync(path, 'utf8')).type ?? 'commonjs';
    else type = typeIn(dirname(folder));
    types.set(folder, type);
  }
  return type;
}

const packages = new Map();

/** All files of a package, and all of this repository, find the same module under a name. */
function resolveOnce(specifier, context, nextResolve) {
  if (/^(\.|\/|#|file:|data:|node:)/.test(specifier)) return nextResolve(specifier, context);
  const parent = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+\//.exec(context.parentURL ?? '')?.[0] ?? '';
  const key = `${parent} ${specifier}`;
  let resolved = packages.get(key);
  if (resolved === undefined) packages.set(key, (resolved = nextResolve(specifier, context)));
  return { ...resolved, shortCircuit: true };
}

function load(url, context, nextLoad) {
  const { protocol, pathname } = new URL(url);
  if (protocol !== 'file:' || !pathname.endsWith('.ts')) return nextLoad(url, context);
  const filename = fileURLToPath(url);
  const { code } = transformSync(readFileSync(filename, 'utf8'), { ...options, filename });
  return { format: 'module', source: code, shortCircuit: true };
}

registerHooks({ resolve, load });
