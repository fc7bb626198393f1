import { ENVIRONMENTS, type Environment, PLANES, type Plane } from '@bff/config';
import {
  CREDENTIAL_SCHEMES,
  type CredentialScheme,
  GLOBAL_ROLES,
  type GlobalRole,
  TENANT_ROLES,
  type TenantRole,
} from '@bff/database';
import { NewPassword } from '@bff/identity';
import { ListOf, Nested, Optional, PlainText } from '@bff/problems';
import { IsBoolean, IsIn } from 'class-validator';
import {
  EmailAddress,
  Issuer,
  KeyId,
  KeySecret,
  Name,
  ProjectId,
  TenantId,
  TotpSecret,
} from './input-rules.js';

export class CredentialsInput {
  @IsIn(CREDENTIAL_SCHEMES) scheme!: CredentialScheme;
  @KeyId() keyId!: string;
  @KeySecret() keySecret!: string;
}

export class NewTenantInput {
  @TenantId() id!: string;
  @Name() name!: string;
  @ProjectId() projectId!: string;
  @IsIn(ENVIRONMENTS) environment!: Environment;
  @IsIn(PLANES) plane!: Plane;
}

export class TenantChangesInput {
  @Optional() @Name() name?: string;
  @Optional() @ProjectId() projectId?: string;
  @Optional() @IsIn(ENVIRONMENTS) environment?: Environment;
  @Optional() @IsIn(PLANES) plane?: Plane;
  @Optional() @Nested(() => CredentialsInput) credentials?: CredentialsInput;
}

export class MemberInput {
  @IsIn(TENANT_ROLES) role!: TenantRole;
}

export class MembershipInput extends MemberInput {
  @TenantId() tenant!: string;
}

export class IdentityInput {
  @Issuer() issuer!: string;
  @PlainText(255) subject!: string;
}

/** The members that inputs of users share. */
export class UserDetailsInput {
  @Optional() @Nested(() => IdentityInput) identity?: IdentityInput;
  @Optional() @TotpSecret() totpSecret?: string;
  @Optional() @IsIn(GLOBAL_ROLES) role?: GlobalRole;
  @Optional() @ListOf(() => MembershipInput) memberships?: MembershipInput[];
}

class AccountInput extends UserDetailsInput {
  @Optional() @NewPassword() password?: string;
}

export class NewUserInput extends AccountInput {
  @EmailAddress() email!: string;
  @Name() name!: string;
}

export class UserChangesInput extends AccountInput {
  @Optional() @EmailAddress() email?: string;
  @Optional() @Name() name?: string;
  @Optional() @IsBoolean() disabled?: boolean;
}
