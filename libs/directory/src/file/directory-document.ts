import { ENVIRONMENTS, type Environment } from '@bff/config';
import { Password } from '@bff/identity';
import { inheritedNames, ListOf, Optional, validationSentences } from '@bff/problems';
import { plainToInstance } from 'class-transformer';
import { IsIn, validateSync } from 'class-validator';
import { EmailAddress, KeyId, KeySecret, Name, TenantId } from '../input-rules.js';
import { TenantChangesInput, UserDetailsInput } from '../inputs.js';

export class TenantEntry extends TenantChangesInput {
  @TenantId() id!: string;
}

export class UserEntry extends UserDetailsInput {
  @EmailAddress() email!: string;
  /** May be a common password: an operator can set an initial one for the user to change. */
  @Optional() @Password() password?: string;
  @Optional() @Name() name?: string;
}

export class AdminCredentialsEntry {
  @IsIn(ENVIRONMENTS) environment!: Environment;
  @KeyId() keyId!: string;
  @KeySecret() keySecret!: string;
}

/** The directory file (docs/contract.md section 7) with its variables replaced. */
export class DirectoryDocument {
  @Optional() @ListOf(() => TenantEntry) tenants?: TenantEntry[];
  @Optional() @ListOf(() => UserEntry) users?: UserEntry[];
  @Optional() @ListOf(() => AdminCredentialsEntry) adminCredentials?: AdminCredentialsEntry[];
}

/** The problems of a directory file; each sentence begins with the path in the file. */
export class DirectoryFileError extends Error {
  override readonly name = 'DirectoryFileError';

  constructor(readonly problems: readonly string[]) {
    super(
      `The directory file has ${problems.length} problem${problems.length === 1 ? '' : 's'}; nothing was applied`,
    );
  }
}

/**
 * Parses the document and returns its schema problems; relations between records are checked separately.
 * @throws DirectoryFileError if the file is not an object
 */
export function readDocument(plain: unknown): {
  readonly document: DirectoryDocument;
  readonly problems: readonly string[];
} {
  if (typeof plain !== 'object' || plain === null || Array.isArray(plain)) {
    throw new DirectoryFileError([
      'the file must be an object with the lists tenants, users and adminCredentials',
    ]);
  }
  const document = plainToInstance(DirectoryDocument, plain, { exposeUnsetFields: false });
  const errors = validateSync(document, { whitelist: true, forbidNonWhitelisted: true });
  const inherited = inheritedNames(plain).map((name) => `${name} should not exist`);
  return { document, problems: [...inherited, ...listsInLists(plain, ''), ...validationSentences(errors)] };
}

/** Finds lists within lists, which class-validator accepts as objects and the format does not contain. */
function* listsInLists(value: unknown, path: string): Iterable<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value) as [string, unknown][]) {
    const place = Array.isArray(value) ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`;
    if (Array.isArray(value) && Array.isArray(member)) yield `${place} must be an object`;
    else yield* listsInLists(member, place);
  }
}
