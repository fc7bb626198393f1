import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Secret, TOTP } from 'otpauth';
import { parse } from 'yaml';
import { data, directoryFile, lastStepFile } from './folders.js';

interface DirectoryFile {
  readonly users: readonly { readonly totpSecret?: string }[];
}

/**
 * Generates the next unused one-time code of the demo's admin. The service accepts each code once, and accepts the
 * code of the next time step early, so that code follows if the current one was already printed.
 */
async function nextCode(): Promise<string> {
  const { users } = parse(readFileSync(directoryFile, 'utf8')) as DirectoryFile;
  const secret = users.flatMap(({ totpSecret }) => totpSecret ?? [])[0] ?? '';
  const totp = new TOTP({ secret: Secret.fromBase32(secret) });
  const step = Math.max(totp.counter(), lastStep() + 1);
  const waitMs = (step - 1) * totp.period * 1_000 - Date.now();
  if (waitMs > 0) {
    process.stderr.write(`The next code is valid in ${Math.ceil(waitMs / 1_000)} seconds...\n`);
    await new Promise((done) => setTimeout(done, waitMs));
  }
  mkdirSync(data, { recursive: true, mode: 0o700 });
  writeFileSync(lastStepFile, String(step), { mode: 0o600 });
  return totp.generate({ timestamp: step * totp.period * 1_000 });
}

/** Time step of the code that was printed last; 0 before the first code or if the step lies in the future. */
function lastStep(): number {
  try {
    const step = Number(readFileSync(lastStepFile, 'utf8'));
    return Number.isInteger(step) && step <= new TOTP().counter() + 1 ? step : 0;
  } catch {
    return 0;
  }
}

process.stdout.write(`${await nextCode()}\n`);
