import { randomBytes } from 'node:crypto';
import { GLOBAL_ROLES, TENANT_ROLES } from '@bff/database';
import { Argument, Command } from 'commander';
import { renderUnicodeCompact } from 'uqr';
import { type CommandContext } from './command-context.js';
import { jsonLine, secretFrom } from './terminal.js';

interface NewUserOptions {
  readonly email?: string;
  readonly name?: string;
  readonly admin: boolean;
  readonly passwordStdin: boolean;
  readonly issuer?: string;
  readonly subject?: string;
}

/** 144 bits, 24 characters: the password is typed once, then changed or kept in a password manager. */
const PASSWORD_BYTES = 18;

export function userCommands(context: CommandContext): Command {
  const { execute, print } = context;
  const users = new Command('users').description('Manages users and their memberships.');
  users
    .command('list')
    .description('Lists the users, one line of JSON each.')
    .action(async () => (await execute('users.list', undefined)).forEach((user) => print(jsonLine(user))));
  users
    .command('show')
    .argument('<email>')
    .description('Prints a user as a line of JSON.')
    .action(async (email: string) => print(jsonLine(await execute('users.show', { email }))));
  users
    .command('create')
    .argument('[email]')
    .description(
      'Creates a user. Without a password or an identity, generates a password, which is shown only once.',
    )
    .option('--email <email>', 'the e-mail address, as an alternative to the argument')
    .option('--name <name>', 'the display name; defaults to the e-mail address')
    .option('--admin', 'give the user the global role admin', false)
    .option('--password-stdin', 'read the password from standard input', false)
    .option('--issuer <url>', 'the OpenID provider at which the user signs in')
    .option('--subject <id>', 'the subject of the user at that provider')
    .action((email: string | undefined, options: NewUserOptions, command: Command) =>
      create(context, command, email, options),
    );
  users
    .command('role')
    .argument('<email>')
    .addArgument(new Argument('<role>').choices(GLOBAL_ROLES))
    .description('Changes the global role of a user; the last admin cannot be demoted.')
    .action((email: string, role: string) => update(context, email, { role }));
  users
    .command('disable')
    .argument('<email>')
    .description('Disables a user and ends all sessions of the user.')
    .action((email: string) => update(context, email, { disabled: true }));
  users
    .command('enable')
    .argument('<email>')
    .description('Enables a user.')
    .action((email: string) => update(context, email, { disabled: false }));
  users
    .command('password')
    .argument('<email>')
    .description('Reads a new password from standard input, sets it and ends all sessions of the user.')
    .action(async (email: string) => {
      await update(context, email, { password: await secretFrom(context.input, 'password') });
    });
  users
    .command('totp')
    .argument('<email>')
    .description('Replaces the second factor of a user; its secret is shown only once.')
    .action((email: string) => enrolSecondFactor(context, email));
  users
    .command('grant')
    .argument('<email>')
    .argument('<tenant>')
    .addArgument(new Argument('<role>').choices(TENANT_ROLES))
    .description('Adds a user to a tenant, or changes the role of the user in it.')
    .action(async (email: string, tenant: string, role: string) => {
      print(jsonLine(await execute('users.grant', { email, tenant, role })));
    });
  users
    .command('revoke')
    .argument('<email>')
    .argument('<tenant>')
    .description('Removes a user from a tenant.')
    .action(async (email: string, tenant: string) => {
      await execute('users.revoke', { email, tenant });
      print(`removed ${email} from ${tenant}`);
    });
  users
    .command('remove')
    .argument('<email>')
    .description('Removes a user; the last admin cannot be removed.')
    .action(async (email: string) => {
      await execute('users.remove', { email });
      print(`removed user ${email}`);
    });
  return users;
}

async function create(
  context: CommandContext,
  command: Command,
  emailArgument: string | undefined,
  options: NewUserOptions,
): Promise<void> {
  const { name, admin, passwordStdin, issuer, subject } = options;
  const email = emailArgument ?? options.email;
  if (email === undefined) command.error('error: specify the user as an argument or with --email');
  if ((issuer === undefined) !== (subject === undefined)) {
    command.error('error: --issuer and --subject must be used together');
  }
  const identity = issuer === undefined || subject === undefined ? undefined : { issuer, subject };
  const typed = passwordStdin ? await secretFrom(context.input, 'password') : undefined;
  const generated =
    typed === undefined && identity === undefined
      ? randomBytes(PASSWORD_BYTES).toString('base64url')
      : undefined;
  const password = typed ?? generated;
  const user = await context.execute('users.create', {
    user: {
      ...{ email, name: name ?? email, role: admin ? 'admin' : 'user' },
      ...(password === undefined ? {} : { password }),
      ...(identity === undefined ? {} : { identity }),
    },
  });
  context.print(jsonLine(user));
  if (generated !== undefined) context.print(`The password of ${email}, shown only once: ${generated}`);
}

async function update({ execute, print }: CommandContext, email: string, changes: object): Promise<void> {
  print(jsonLine(await execute('users.update', { email, changes })));
}

async function enrolSecondFactor({ execute, print }: CommandContext, email: string): Promise<void> {
  const { secret, uri } = await execute('users.totp', { email });
  renderUnicodeCompact(uri).split('\n').forEach(print);
  print(uri);
  print(`The TOTP secret of ${email}, shown only once: ${secret}`);
}
