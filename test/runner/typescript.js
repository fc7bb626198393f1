import { existsSync, readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
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
  return nextResolve(specifier, context);
}

function load(url, context, nextLoad) {
  const { protocol, pathname } = new URL(url);
  if (protocol !== 'file:' || !pathname.endsWith('.ts')) return nextLoad(url, context);
  const filename = fileURLToPath(url);
  const { code } = transformSync(readFileSync(filename, 'utf8'), { ...options, filename });
  return { format: 'module', source: code, shortCircuit: true };
}

registerHooks({ resolve, load });
