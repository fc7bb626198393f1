import { ENVIRONMENTS, type Environment, PLANES, type Plane } from '@bff/config';
import {
  CREDENTIAL_SCHEMES,
  type CredentialScheme,
  GLOBAL_ROLES,
  type GlobalRole,
  TENANT_ROLES,
  type TenantRole,
} from '@bff/database';
import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsIn, IsObject, ValidateNested } from 'class-validator';
import { NewPassword, Optional, PlainText } from '../http/input-rules.js';
import {
  EmailAddress,
  Issuer,
  KeyId,
  KeySecret,
  Name,
  ProjectId,
  TenantId,
  TotpSecret,
} from './record-rules.js';

/** A record within a record. */
export const Nested =
  (entry: () => new () => object): PropertyDecorator =>
  (target, key) => {
    IsObject()(target, key);
    ValidateNested()(target, key);
    Type(entry)(target, key);
  };

export const ListOf =
  (entry: () => new () => object): PropertyDecorator =>
  (target, key) => {
    IsArray()(target, key);
    ValidateNested({ each: true })(target, key);
    Type(entry)(target, key);
  };

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

/** What users have in every statement of them; who knows them by what differs. */
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
