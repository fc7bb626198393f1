import { GLOBAL_ROLES, type GlobalRole, TENANT_ROLES, type TenantRole } from '@bff/database';
import { ListOf, Nested } from '@bff/problems';
import { IsBoolean, IsIn, IsInt, IsString } from 'class-validator';
import { SessionEntryResponse } from '../auth/session.response.js';
import { PageResponse } from '../http/page.response.js';
import { Description, Nullable, Time } from '../http/response-fields.js';

export class IdentityResponse {
  @IsString() readonly issuer!: string;
  @IsString() readonly subject!: string;
}

export class MembershipResponse {
  @IsString() @Description('The id of the tenant.') readonly tenant!: string;
  @IsIn(TENANT_ROLES) readonly role!: TenantRole;
}

@Description('A user of the directory.')
export class UserRecordResponse {
  @IsString() readonly id!: string;
  @IsString() readonly email!: string;
  @IsString() readonly name!: string;
  @IsIn(GLOBAL_ROLES) readonly role!: GlobalRole;
  @IsBoolean() @Description('A disabled user cannot sign in and has no session.') readonly disabled!: boolean;
  @Nullable(Nested(() => IdentityResponse))
  @Description('The account at an OpenID provider with which the user signs in.')
  readonly identity!: IdentityResponse | null;
  @IsBoolean() readonly hasPassword!: boolean;
  @IsBoolean() readonly hasSecondFactor!: boolean;
  @ListOf(() => MembershipResponse) readonly memberships!: readonly MembershipResponse[];
  @Time() readonly createdAt!: string;
  @Time() readonly updatedAt!: string;
}

export class UserRecordPageResponse extends PageResponse {
  @ListOf(() => UserRecordResponse) readonly users!: readonly UserRecordResponse[];
}

export class SessionOwnerResponse {
  @IsString() readonly id!: string;
  @IsString() readonly email!: string;
}

@Description('A session and its user.')
export class OwnedSessionResponse extends SessionEntryResponse {
  @Nested(() => SessionOwnerResponse) readonly user!: SessionOwnerResponse;
}

export class OwnedSessionPageResponse extends PageResponse {
  @ListOf(() => OwnedSessionResponse) readonly sessions!: readonly OwnedSessionResponse[];
}

export class EndedSessionsResponse {
  @IsInt() @Description('The number of sessions that were ended.') readonly count!: number;
}
