import { AuditLog, AuditMaintenance, BrokenChainError, type Checkpoint, type PrunedChain } from '@bff/audit';
import { causeOf } from '@bff/database';
import {
  type ApplyOptions,
  CredentialAdministration,
  CredentialsInput,
  DirectoryFile,
  DirectoryFileError,
  MemberAdministration,
  MemberInput,
  NewTenantInput,
  NewUserInput,
  operator,
  type ReportLine,
  TenantAdministration,
  TenantChangesInput,
  UserAdministration,
  UserChangesInput,
} from '@bff/directory';
import { type Account, totpUri, UserDirectory } from '@bff/identity';
import { InvalidInputProblem, Problem, validInput } from '@bff/problems';
import { type StoredKind } from '@bff/secrets';
import { type RecordPage } from '@bff/state';
import { TenantDirectory } from '@bff/tenancy';
import { Injectable } from '@nestjs/common';
import { KeyOperations, type KeyReport, type ResealedBatch } from './key-operations.js';
import { credentialRecord, tenantRecord, updatedTenantRecord, userRecord } from '../admin/records.js';

/** The input and the result of each command of `bff`; both are sent as JSON. */
export interface CommandSignatures {
  apply: (input: { readonly document: unknown; readonly options: ApplyOptions }) => readonly ReportLine[];
  'users.list': () => readonly object[];
  'users.show': (input: { readonly email: string }) => object;
  'users.create': (input: { readonly user: object }) => object;
  'users.update': (input: { readonly email: string; readonly changes: object }) => object;
  'users.remove': (input: { readonly email: string }) => null;
  'users.totp': (input: { readonly email: string }) => { readonly secret: string; readonly uri: string };
  'users.grant': (input: {
    readonly email: string;
    readonly tenant: string;
    readonly role: string;
  }) => object;
  'users.revoke': (input: { readonly email: string; readonly tenant: string }) => null;
  'tenants.list': () => readonly object[];
  'tenants.show': (input: { readonly id: string }) => object;
  'tenants.create': (input: { readonly tenant: object }) => object;
  'tenants.update': (input: { readonly id: string; readonly changes: object }) => object;
  'tenants.remove': (input: { readonly id: string }) => null;
  'credentials.show': (input: { readonly tenant: string }) => object;
  'credentials.set': (input: { readonly tenant: string; readonly credentials: object }) => object;
  'credentials.check': (input: { readonly tenant: string }) => object;
  'credentials.erase': (input: { readonly tenant: string }) => null;
  'audit.verify': (input?: { readonly checkpoint: Checkpoint }) => {
    readonly events: number;
    readonly chains: number;
    readonly problems: readonly string[];
  };
  'audit.export': (input: { readonly after: number }) => {
    readonly records: readonly string[];
    readonly last: number;
  };
  'audit.checkpoint': () => string;
  'audit.prune': (input: { readonly before: string; readonly dryRun: boolean }) => readonly PrunedChain[];
  'audit.reseal': () => {
    readonly chains: number;
    readonly mismatches: readonly string[];
    readonly anchor: readonly string[];
  };
  'keys.report': () => KeyReport;
  'keys.begin': () => null;
  'keys.reseal': (input: { readonly kind: StoredKind; readonly after: string | null }) => ResealedBatch;
  'keys.count-records': (input: { readonly cursor: string }) => RecordPage;
  'keys.reseal-records': (input: { readonly cursor: string }) => RecordPage;
  'keys.finish': (input: { readonly records: Readonly<Record<string, number>> }) => null;
}

export type CommandName = keyof CommandSignatures;

/** The message that `bff` sends to the process that owns the directory. */
export type CommandRequest = {
  readonly [Name in CommandName]: {
    readonly command: Name;
    readonly input: Parameters<CommandSignatures[Name]>[0];
  };
}[CommandName];

/** The response to a command: its result, the problems of a directory file, usage errors, or any other failure. */
export type CommandResponse<Name extends CommandName = CommandName> =
  | { readonly result: ReturnType<CommandSignatures[Name]> }
  | { readonly problems: readonly string[] }
  | { readonly usage: readonly string[] }
  | { readonly failure: string };

type Handlers = {
  readonly [Name in CommandName]: (
    input: Parameters<CommandSignatures[Name]>[0],
  ) => ReturnType<CommandSignatures[Name]> | Promise<ReturnType<CommandSignatures[Name]>>;
};

/**
 * Executes the commands of operators in the process that owns the directory
 * (docs/decisions/0013-one-administration-behind-http-and-terminal.md).
 */
@Injectable()
export class OperatorCommands {
  constructor(
    private readonly tenantAdministration: TenantAdministration,
    private readonly userAdministration: UserAdministration,
    private readonly memberAdministration: MemberAdministration,
    private readonly credentialAdministration: CredentialAdministration,
    private readonly directoryFile: DirectoryFile,
    private readonly users: UserDirectory,
    private readonly tenants: TenantDirectory,
    private readonly audit: AuditLog,
    private readonly maintenance: AuditMaintenance,
    private readonly keys: KeyOperations,
  ) {}

  async execute<Name extends CommandName>(
    command: Name,
    input: Parameters<CommandSignatures[Name]>[0],
  ): Promise<CommandResponse<Name>> {
    try {
      if (!Object.hasOwn(this.handlers, command)) throw new Error(`unknown command ${command}`);
      return { result: await this.handlers[command](input) };
    } catch (error) {
      if (error instanceof DirectoryFileError) return { problems: error.problems };
      if (error instanceof InvalidInputProblem) return { usage: error.sentences };
      return { failure: failureMessage(error) };
    }
  }

  private readonly handlers: Handlers = {
    apply: ({ document, options }) => this.directoryFile.apply(operator(), document, options),

    'users.list': () => [...this.users.all().values()].map((account) => this.recordOf(account)),
    'users.show': ({ email }) => this.recordOf(this.userAdministration.withEmail(email)),
    'users.create': async ({ user }) =>
      this.recordOf(await this.userAdministration.create(operator(), validInput(NewUserInput, user))),
    'users.update': async ({ email, changes }) => {
      const input = validInput(UserChangesInput, changes);
      return this.recordOf(await this.userAdministration.update(operator(), this.userIdOf(email), input));
    },
    'users.remove': async ({ email }) => {
      await this.userAdministration.remove(operator(), this.userIdOf(email));
      return null;
    },
    'users.totp': async ({ email }) => {
      const secret = await this.userAdministration.enrolSecondFactor(operator(), this.userIdOf(email));
      return { secret: secret.reveal(), uri: totpUri(secret, email).reveal() };
    },
    'users.grant': ({ email, tenant, role }) => {
      const member = validInput(MemberInput, { role });
      return this.memberAdministration.put(operator(), tenant, this.userIdOf(email), member.role);
    },
    'users.revoke': async ({ email, tenant }) => {
      await this.memberAdministration.remove(operator(), tenant, this.userIdOf(email));
      return null;
    },

    'tenants.list': () => [...this.tenants.all()].map((tenant) => tenantRecord(tenant)),
    'tenants.show': ({ id }) => tenantRecord(this.tenants.get(id)),
    'tenants.create': async ({ tenant }) =>
      tenantRecord(await this.tenantAdministration.create(operator(), validInput(NewTenantInput, tenant))),
    'tenants.update': async ({ id, changes }) => {
      const input = validInput(TenantChangesInput, changes);
      return updatedTenantRecord(await this.tenantAdministration.update(operator(), id, input));
    },
    'tenants.remove': async ({ id }) => {
      await this.tenantAdministration.remove(operator(), id);
      return null;
    },

    'credentials.show': ({ tenant }) => credentialRecord(this.credentialAdministration.read(tenant)),
    'credentials.set': async ({ tenant, credentials }) => {
      const input = validInput(CredentialsInput, credentials);
      const { credential, checked } = await this.credentialAdministration.set(operator(), tenant, input);
      return { ...credentialRecord(credential), checked };
    },
    'credentials.check': ({ tenant }) => this.credentialAdministration.check(operator(), tenant, undefined),
    'credentials.erase': async ({ tenant }) => {
      await this.credentialAdministration.erase(operator(), tenant);
      return null;
    },

    'audit.verify': async (input) => {
      await this.audit.flush();
      return this.maintenance.verify(input?.checkpoint ?? null);
    },
    'audit.export': async ({ after }) => {
      await this.audit.flush();
      return this.maintenance.export(after);
    },
    'audit.checkpoint': async () => {
      await this.audit.flush();
      return this.maintenance.checkpoint();
    },
    'audit.prune': ({ before, dryRun }) => this.maintenance.prune(new Date(before), { dryRun }),
    'audit.reseal': () => this.maintenance.reseal(),

    'keys.report': () => this.keys.report(),
    'keys.begin': async () => {
      await this.keys.begin();
      return null;
    },
    'keys.reseal': ({ kind, after }) => this.keys.reseal(kind, after),
    'keys.count-records': ({ cursor }) => this.keys.countRecords(cursor),
    'keys.reseal-records': ({ cursor }) => this.keys.resealRecords(cursor),
    'keys.finish': async ({ records }) => {
      await this.keys.finish(records);
      return null;
    },
  };

  private recordOf(account: Account): object {
    return userRecord(account, this.tenants.membershipsOf(account.user.id));
  }

  private userIdOf(email: string): string {
    return this.userAdministration.withEmail(email).user.id;
  }
}

function failureMessage(error: unknown): string {
  if (error instanceof Problem) return `${error.errorCode}: ${error.detail}${brokenChainReason(error)}`;
  return causeOf(error);
}

/** The message of a broken chain, on which an operator can act: the configured keys may not be those of the audit log. */
function brokenChainReason({ cause }: Problem): string {
  return cause instanceof BrokenChainError ? ` ${cause.message}` : '';
}
