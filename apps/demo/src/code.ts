import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Secret, TOTP } from 'otpauth';
import { parse } from 'yaml';

interface People {
  readonly users: readonly { readonly totpSecret?: string }[];
}

/** Prints the code that an authenticator app would show now for the demo's admin. */
const file = join(import.meta.dirname, '..', '..', '..', '..', 'apps', 'demo', 'directory.yaml');
const { users } = parse(readFileSync(file, 'utf8')) as People;
const secret = users.flatMap(({ totpSecret }) => totpSecret ?? [])[0] ?? '';
process.stdout.write(`${new TOTP({ secret: Secret.fromBase32(secret) }).generate()}\n`);
