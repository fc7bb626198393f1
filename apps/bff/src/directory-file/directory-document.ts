import { ENVIRONMENTS, type Environment, PLANES, type Plane } from '@bff/config';
import {
  CREDENTIAL_SCHEMES,
  type CredentialScheme,
  GLOBAL_ROLES,
  type GlobalRole,
  TENANT_ROLES,
  type TenantRole,
} from '@bff/database';
import { inheritedNames, validationSentences } from '@bff/problems';
import { TENANT_ID } from '@bff/tenancy';
import { plainToInstance, Type } from 'class-transformer';
import {
  IsArray,
  IsEmail,
  IsIn,
  IsObject,
  IsUrl,
  Length,
  Matches,
  ValidateNested,
  validateSync,
} from 'class-validator';
import { Optional, Text } from '../request/input-rules.js';

const ListOf =
  (entry: () => new () => object): PropertyDecorator =>
  (target, key) => {
    IsArray()(target, key);
    ValidateNested({ each: true })(target, key);
    Type(entry)(target, key);
  };

/** RFC 7617: the user part of Basic cannot hold a colon. */
const KeyId = (): PropertyDecorator =>
  Matches(/^[\x21-\x39\x3b-\x7e]{1,255}$/, {
    message: '$property must be 1 to 255 visible characters without a colon',
  });
const KeySecret = (): PropertyDecorator =>
  Matches(/^[^\p{Cc}]{1,1024}$/u, {
    message: '$property must be 1 to 1024 characters without control characters',
  });

export class CredentialsEntry {
  @IsIn(CREDENTIAL_SCHEMES) scheme!: CredentialScheme;
  @KeyId() keyId!: string;
  @KeySecret() keySecret!: string;
}

export class TenantEntry {
  @Matches(TENANT_ID, { message: 'id must be 1 to 63 of a-z, 0-9 and -' }) id!: string;
  @Optional() @Text(255) name?: string;
  @Optional()
  @Matches(/^[A-Za-z0-9_-]{1,64}$/, { message: 'projectId must be 1 to 64 letters, digits, _ or -' })
  projectId?: string;
  @Optional() @IsIn(ENVIRONMENTS) environment?: Environment;
  @Optional() @IsIn(PLANES) plane?: Plane;
  @Optional() @IsObject() @ValidateNested() @Type(() => CredentialsEntry) credentials?: CredentialsEntry;
}

export class MembershipEntry {
  @Matches(TENANT_ID, { message: 'tenant must be a tenant id' }) tenant!: string;
  @IsIn(TENANT_ROLES) role!: TenantRole;
}

export class IdentityEntry {
  @IsUrl({ require_tld: false, require_protocol: true, protocols: ['https', 'http'] }) issuer!: string;
  @Text(255) subject!: string;
}

export class UserEntry {
  @IsEmail({ require_tld: false }) @Length(3, 254) email!: string;
  @Optional() @Text(255) name?: string;
  @Optional() @Text(1024) password?: string;
  @Optional() @IsObject() @ValidateNested() @Type(() => IdentityEntry) identity?: IdentityEntry;
  @Optional()
  @Matches(/^[A-Z2-7]{16,128}=*$/, { message: 'totpSecret must be base32 of at least 80 bits' })
  totpSecret?: string;
  @Optional() @IsIn(GLOBAL_ROLES) role?: GlobalRole;
  @Optional() @ListOf(() => MembershipEntry) memberships?: MembershipEntry[];
}

export class AdminCredentialsEntry {
  @IsIn(ENVIRONMENTS) environment!: Environment;
  @KeyId() keyId!: string;
  @KeySecret() keySecret!: string;
}

/** The directory file (contract.md section 7) after its variables were filled in. */
export class DirectoryDocument {
  @Optional() @ListOf(() => TenantEntry) tenants?: TenantEntry[];
  @Optional() @ListOf(() => UserEntry) users?: UserEntry[];
  @Optional() @ListOf(() => AdminCredentialsEntry) adminCredentials?: AdminCredentialsEntry[];
}

/** What is wrong with a directory file; each sentence begins with the path of its place. */
export class DirectoryFileError extends Error {
  override readonly name = 'DirectoryFileError';

  constructor(readonly problems: readonly string[]) {
    super(
      `The directory file has ${problems.length} problem${problems.length === 1 ? '' : 's'}; nothing was applied`,
    );
  }
}

/**
 * The document, and the problems of its shape; what records say of each other is judged besides.
 * @throws DirectoryFileError where it is no document at all
 */
export function readDocument(plain: unknown): {
  readonly document: DirectoryDocument;
  readonly problems: readonly string[];
} {
  if (typeof plain !== 'object' || plain === null || Array.isArray(plain)) {
    throw new DirectoryFileError(['the file must hold the lists tenants, users and adminCredentials']);
  }
  const document = plainToInstance(DirectoryDocument, plain, { exposeUnsetFields: false });
  const errors = validateSync(document, { whitelist: true, forbidNonWhitelisted: true });
  const inherited = inheritedNames(plain).map((name) => `${name} should not exist`);
  return { document, problems: [...inherited, ...listsInLists(plain, ''), ...validationSentences(errors)] };
}

/** class-validator takes a list for an object; no list of ours holds lists. */
function* listsInLists(value: unknown, path: string): Iterable<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value) as [string, unknown][]) {
    const place = Array.isArray(value) ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`;
    if (Array.isArray(value) && Array.isArray(member)) yield `${place} must be an object`;
    else yield* listsInLists(member, place);
  }
}
