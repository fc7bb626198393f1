import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { PGlite } from '@electric-sql/pglite';
import { Logger } from '@nestjs/common';
import { drizzle } from 'drizzle-orm/pglite';
import { causeOf } from './cause.js';
import { CHANNEL, DatabaseInUseError, type DatabaseConnection } from './connection.js';
import { migrate, requireCurrentSchema } from './migrations.js';
import { OwnerSocket, type OwnerRequestHandler } from './owner-socket.js';
import { makePrivate } from './private-files.js';
import { renewEmailKeys } from './renew-email-keys.js';
import * as schema from './schema.js';

const logger = new Logger('PGlite');

/** An embedded database after its migration. */
export interface MigratedConnection extends DatabaseConnection {
  /** The names of the migrations that were applied when it was opened. */
  readonly applied: readonly string[];
}

/** The path of the {@link OwnerSocket} of an embedded database. */
export function ownerSocketPath(directory: string): string {
  return `${directory}.sock`;
}

/**
 * Opens PGlite inside this process.
 * @param directory null: in memory
 * @param migrates false: requires a current schema instead of migrating it
 */
export async function openPglite(
  directory: string | null,
  handle: OwnerRequestHandler,
  migrates: boolean,
): Promise<MigratedConnection> {
  const owner = directory === null ? null : await claim(directory, handle);
  try {
    if (directory !== null) makePrivate(directory);
    const client = await PGlite.create({ dataDir: directory ?? 'memory://', ...(await compiledModules()) });
    const orm = drizzle({ client, schema });
    const applied = await orm.transaction(async (transaction) => {
      if (!migrates) await requireCurrentSchema(transaction);
      const names = await migrate(transaction);
      await renewEmailKeys(transaction);
      return names;
    });
    // PGlite creates files that are readable and writable by every user.
    if (directory !== null) makePrivate(directory);
    return {
      applied,
      orm,
      reader: orm,
      maintenance: orm,
      isReachable: () => true,
      onChange: (listener) => {
        const notify = (): void =>
          void listener(false).catch((error: unknown) =>
            logger.error(`The directory cannot be read: ${causeOf(error)}`),
          );
        void client.listen(CHANNEL, notify);
      },
      close: async () => {
        await owner?.close();
        await client.close();
        if (directory !== null) makePrivate(directory);
      },
    };
  } catch (error) {
    await owner?.close();
    throw error;
  }
}

/** Only a browser's types declare it. */
declare const WebAssembly: { compile(bytes: Uint8Array): Promise<object> };

type CompiledModules = Record<'pgliteWasmModule' | 'initdbWasmModule', object>;

let modules: Promise<CompiledModules> | undefined;

/**
 * The WebAssembly of PGlite, compiled once and kept until the process ends. V8 can crash when it frees compiled code
 * (nodejs/node issue 64500), so the process keeps that as well.
 */
function compiledModules(): Promise<CompiledModules> {
  return (modules ??= compileModules());
}

async function compileModules(): Promise<CompiledModules> {
  setFlagsFromString('--no-wasm-code-gc');
  const folder = dirname(fileURLToPath(import.meta.resolve('@electric-sql/pglite')));
  const compile = async (file: string): Promise<object> =>
    WebAssembly.compile(await readFile(join(folder, file)));
  const [pgliteWasmModule, initdbWasmModule] = await Promise.all([
    compile('pglite.wasm'),
    compile('initdb.wasm'),
  ]);
  return { pgliteWasmModule, initdbWasmModule };
}

async function claim(directory: string, handle: OwnerRequestHandler): Promise<OwnerSocket> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const owner = await OwnerSocket.claim(ownerSocketPath(directory), handle);
  if (owner === null) throw new DatabaseInUseError(directory);
  return owner;
}
