import { ENVIRONMENTS, PLANES } from '@bff/config';
import { CREDENTIAL_SCHEMES } from '@bff/database';
import { Command, Option } from 'commander';
import { type CommandContext } from './command-context.js';
import { jsonLine, secretFrom } from './terminal.js';

interface TenantOptions {
  readonly name?: string;
  readonly projectId?: string;
  readonly environment?: string;
  readonly plane?: string;
}

export function tenantCommands({ execute, print }: CommandContext): Command {
  const tenants = new Command('tenants').description('Manages tenants.');
  const withTenantOptions = (command: Command, mandatory: boolean): Command =>
    [
      new Option('--name <name>'),
      new Option('--project-id <id>', 'the Sinch project'),
      new Option('--environment <environment>').choices(ENVIRONMENTS),
      new Option('--plane <plane>').choices(PLANES),
    ].reduce((built, option) => built.addOption(option.makeOptionMandatory(mandatory)), command);
  tenants
    .command('list')
    .description('Lists the tenants, one line of JSON each.')
    .action(async () =>
      (await execute('tenants.list', undefined)).forEach((tenant) => print(jsonLine(tenant))),
    );
  tenants
    .command('show')
    .argument('<id>')
    .description('Prints a tenant as a line of JSON.')
    .action(async (id: string) => print(jsonLine(await execute('tenants.show', { id }))));
  withTenantOptions(tenants.command('create').argument('<id>'), true)
    .description('Creates a tenant; all options are required.')
    .action(async (id: string, options: TenantOptions) => {
      print(jsonLine(await execute('tenants.create', { tenant: { ...options, id } })));
    });
  withTenantOptions(tenants.command('update').argument('<id>'), false)
    .description('Updates the given fields of a tenant.')
    .action(async (id: string, changes: TenantOptions) => {
      print(jsonLine(await execute('tenants.update', { id, changes: { ...changes } })));
    });
  tenants
    .command('remove')
    .argument('<id>')
    .description('Removes a tenant with its credentials and memberships.')
    .action(async (id: string) => {
      await execute('tenants.remove', { id });
      print(`removed tenant ${id}`);
    });
  return tenants;
}

export function credentialCommands(context: CommandContext): Command {
  const { execute, print } = context;
  const credentials = new Command('credentials').description("Manages the tenants' credentials.");
  credentials
    .command('show')
    .argument('<tenant>')
    .description('Prints the scheme and key id of the credentials of a tenant; never the secret.')
    .action(async (tenant: string) => print(jsonLine(await execute('credentials.show', { tenant }))));
  credentials
    .command('set')
    .argument('<tenant>')
    .description('Sets the credentials of a tenant after the token endpoint has accepted them.')
    .addOption(new Option('--scheme <scheme>').choices(CREDENTIAL_SCHEMES).default('oauth2'))
    .requiredOption('--key-id <id>', 'the id of the key; its secret is read from standard input')
    .action(async (tenant: string, options: { readonly scheme: string; readonly keyId: string }) => {
      const keySecret = await secretFrom(context.input, 'key secret');
      print(jsonLine(await execute('credentials.set', { tenant, credentials: { ...options, keySecret } })));
    });
  credentials
    .command('check')
    .argument('<tenant>')
    .description('Checks the stored credentials at the token endpoint; exits 1 if they are rejected.')
    .action(async (tenant: string) => {
      const result = await execute('credentials.check', { tenant });
      if (!('ok' in result) || result.ok !== true) throw new Error(jsonLine(result));
      print(jsonLine(result));
    });
  credentials
    .command('erase')
    .argument('<tenant>')
    .description('Erases the credentials of a tenant.')
    .action(async (tenant: string) => {
      await execute('credentials.erase', { tenant });
      print(`erased the credentials of ${tenant}`);
    });
  return credentials;
}
