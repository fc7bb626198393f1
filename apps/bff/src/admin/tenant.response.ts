import { ENVIRONMENTS, type Environment, type Plane, PLANES } from '@bff/config';
import { CREDENTIAL_SCHEMES, type CredentialScheme, TENANT_ROLES, type TenantRole } from '@bff/database';
import { ListOf, Optional } from '@bff/problems';
import { Equals, IsBoolean, IsIn, IsInt, IsString } from 'class-validator';
import { ErrorCode } from '../http/error-codes.js';
import { PageResponse } from '../http/page.response.js';
import { Description, Nullable, Time } from '../http/response-fields.js';

/** A tenant as the directory stores it. */
export class StoredTenant {
  @IsString() readonly id!: string;
  @IsString() readonly name!: string;
  @IsString() @Description('The Sinch project of the tenant.') readonly projectId!: string;
  @IsIn(ENVIRONMENTS) readonly environment!: Environment;
  @IsIn(PLANES) readonly plane!: Plane;
  @Time() readonly createdAt!: string;
  @Time() readonly updatedAt!: string;
}

@Description('A tenant of the directory.')
export class TenantRecordResponse extends StoredTenant {
  @Nullable(Time())
  @Description('The last successful call of this tenant on the node that handled the request.')
  readonly lastUpstreamSuccessAt!: string | null;
  @Nullable(ErrorCode())
  @Description('The code of the last failed call of this tenant on the node that handled the request.')
  readonly lastUpstreamErrorCode!: string | null;
}

@Description('A tenant after a change.')
export class UpdatedTenantRecordResponse extends TenantRecordResponse {
  @Optional()
  @IsBoolean()
  @Description('Present and true if the change erased the credentials of the tenant.')
  readonly credentialsErased?: boolean;
  @Optional()
  @IsBoolean()
  @Description(
    'Present if the change set credentials: whether a token endpoint accepted them. False if none is configured.',
  )
  readonly checked?: boolean;
}

export class TenantRecordPageResponse extends PageResponse {
  @ListOf(() => TenantRecordResponse) readonly tenants!: readonly TenantRecordResponse[];
}

@Description('The credentials of a tenant, without the secret.')
export class CredentialRecordResponse {
  @IsIn(CREDENTIAL_SCHEMES) readonly scheme!: CredentialScheme;
  @IsString() readonly keyId!: string;
  @IsInt() readonly version!: number;
  @Time() readonly createdAt!: string;
  @Time() readonly updatedAt!: string;
  @Nullable(Time())
  @Description('The last success with these credentials on the node that handled the request.')
  readonly lastSuccessAt!: string | null;
}

@Description('New credentials of a tenant, without the secret.')
export class CheckedCredentialRecordResponse extends CredentialRecordResponse {
  @IsBoolean()
  @Description('Whether a token endpoint accepted them. False if none is configured.')
  readonly checked!: boolean;
}

@Description('The token endpoint accepted the credentials.')
export class CredentialsAcceptedResponse {
  @Equals(true) readonly ok!: true;
}

@Description('The token endpoint rejected the credentials or could not check them.')
export class CredentialsFailedResponse {
  @Equals(false) readonly ok!: false;
  @ErrorCode()
  @Description('`bff_credentials_refused`, or the `bff_upstream_*` code of the failure.')
  readonly errorCode!: string;
}

@Description('A member of a tenant.')
export class MemberResponse {
  @IsString() readonly userId!: string;
  @IsString() readonly email!: string;
  @IsString() readonly name!: string;
  @IsIn(TENANT_ROLES) readonly role!: TenantRole;
}

export class MemberPageResponse extends PageResponse {
  @ListOf(() => MemberResponse) readonly members!: readonly MemberResponse[];
}
