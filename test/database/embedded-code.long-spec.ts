import { spawnSync } from 'node:child_process';
import { expect, it } from '@jest/globals';

const OPEN_AND_CLOSE = `
  import { openDatabase } from '@bff/database';
  for (let turn = 0; turn < 3; turn += 1) {
    const connection = await openDatabase({ kind: 'pglite', directory: null });
    await connection.close();
  }
`;

/** Freed code has crashed V8 (nodejs/node issue 64500). */
it('a process that opens embedded databases again and again frees no compiled WebAssembly', () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      ...['--trace-wasm-code-gc', '--import', './test/runner/typescript.js'],
      ...['--input-type=module', '--eval', OPEN_AND_CLOSE],
    ],
    { encoding: 'utf8' },
  );
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
});
