import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { runCommand } from '../support/run-command.js';
import { frontends } from '../support/start-bff.js';

describe('the command line', () => {
  const commands: readonly string[] = [
    '',
    'apply',
    ...[
      '',
      ' list',
      ' show',
      ' create',
      ' role',
      ' disable',
      ' enable',
      ' password',
      ' totp',
      ' grant',
      ' revoke',
      ' remove',
    ].map((name) => `users${name}`),
    ...['', ' list', ' show', ' create', ' update', ' remove'].map((name) => `tenants${name}`),
    ...['', ' show', ' set', ' check', ' erase'].map((name) => `credentials${name}`),
    ...['', ' verify', ' checkpoint', ' export', ' prune', ' reseal'].map((name) => `audit${name}`),
    ...['', ' rotate', ' status'].map((name) => `keys${name}`),
    'migrate',
    ...['', ' check'].map((name) => `config${name}`),
  ];
  const words = (command: string): string[] => command.split(' ').filter((word) => word !== '');

  it.each(commands)('bff %s --help prints its usage and exits with 0', async (command) => {
    const { code, lines, error } = await runCommand([...words(command), '--help']);
    expect([code, error]).toEqual([0, '']);
    expect(lines.join('')).toMatch(`Usage: ${['bff', ...words(command)].join(' ')}`);
  });

  it.each(commands)('bff %s --unknown reports incorrect usage and exits with 2', async (command) => {
    const { code, lines, error } = await runCommand([...words(command), '--unknown']);
    expect([code, lines]).toEqual([2, []]);
    expect(error).not.toBe('');
  });

  it.each([
    'frobnicate',
    'users frobnicate',
    'tenants frobnicate',
    'credentials frobnicate',
    'audit frobnicate',
    'keys frobnicate',
    'migrate frobnicate',
    'config frobnicate',
    'users',
    'users show',
    'users create ann@acme.example --password a-secret',
    'users password ann@acme.example a-secret',
    'users totp ann@acme.example a-secret',
    'credentials set acme --key-id k --key-secret a-secret',
    'users list too many',
    'audit verify --checkpoint v1,1,today,digest,seal',
    'audit prune --older-than-days 29',
  ])('bff %s reports incorrect usage and exits with 2', async (command) => {
    const { code, error } = await runCommand(words(command));
    expect(code).toBe(2);
    expect(error).not.toBe('');
  });

  it.each(['users list', 'tenants list', 'credentials show acme', 'audit verify', 'config check'])(
    'bff %s lists every problem of the configuration and exits with 78',
    async (command) => {
      const environment = { BFF_PORT: 'many', DATABASE_URL: 'mysql://canary-secret@host/x' };
      const { code, lines, error } = await runCommand(words(command), { environment });
      expect([code, lines]).toEqual([78, []]);
      expect(error).toMatch(/BFF_PORT/);
      expect(error).toMatch(/DATABASE_URL/);
      expect(error).not.toContain('canary');
    },
  );

  it('bff config check reports that a configuration is valid and opens no database', async () => {
    const environment = {
      BFF_FRONTENDS: JSON.stringify(Object.values(frontends)),
      DATABASE_URL: 'pglite:no/such/directory',
    };
    const { code, lines } = await runCommand(['config', 'check'], { environment });
    expect(code).toBe(0);
    expect(lines.join()).toMatch(/valid/);
    expect(lines.join()).toContain(frontends.admin.origin);
    expect(existsSync('no')).toBe(false);
  });

  it('bff apply names the line of a password that YAML parses as an alias, and does not repeat it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bff-alias-'));
    const file = join(folder, 'directory.yaml');
    writeFileSync(file, 'users:\n  - email: a@b.example\n    name: A\n    password: *canary-password\n');
    try {
      const { code, lines, error } = await runCommand(['apply', file], {
        environment: { DATABASE_URL: 'pglite:memory' },
      });
      expect([code, lines]).toEqual([1, []]);
      expect(error).toMatch(/line 4: an alias without an anchor/);
      expect(error).not.toContain('canary');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
