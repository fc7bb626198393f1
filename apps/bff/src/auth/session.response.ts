import { FRONTEND_CLASSES, type FrontendClass } from '@bff/config';
import { GLOBAL_ROLES, type GlobalRole } from '@bff/database';
import { ListOf, Nested } from '@bff/problems';
import { IsBoolean, IsIn, IsString } from 'class-validator';
import { PageResponse } from '../http/page.response.js';
import { Description, Nullable, Time } from '../http/response-fields.js';
import { TenantResponse } from '../tenants/tenant.response.js';

export class FrontendResponse {
  @IsString() readonly name!: string;
  @IsIn(FRONTEND_CLASSES) readonly class!: FrontendClass;
}

/** The start and the expiry times of a session. */
class SessionTimes {
  @Time() readonly createdAt!: string;
  @Time()
  @Description('The time at which the session ends without further activity.')
  readonly idleExpiresAt!: string;
  @Time()
  @Description('The time at which the session ends regardless of activity.')
  readonly absoluteExpiresAt!: string;
}

export class SessionUserResponse {
  @IsString() readonly id!: string;
  @IsString() readonly email!: string;
  @IsString() readonly name!: string;
  @IsIn(GLOBAL_ROLES) readonly role!: GlobalRole;
}

@Description('An increase of the privileges of one session.')
export class ElevationResponse {
  @Nullable(IsString())
  @Description('The tenant of the elevation. Null for administration.')
  readonly tenantId!: string | null;
  @IsString() readonly reason!: string;
  @Time() readonly expiresAt!: string;
}

/** The session document (docs/contract.md section 4), which contains neither a token nor the cookie value. */
@Description('The session of the caller.')
export class SessionResponse extends SessionTimes {
  @IsString() @Description('The id of the session, which is not the cookie value.') readonly id!: string;
  @Nested(() => SessionUserResponse) readonly user!: SessionUserResponse;
  @Nested(() => FrontendResponse)
  @Description('The frontend on which the session began.')
  readonly frontend!: FrontendResponse;
  @ListOf(() => TenantResponse)
  @Description('The first 100 memberships. `GET /v1/tenants` lists all of them.')
  readonly tenants!: readonly TenantResponse[];
  @Nullable(Nested(() => ElevationResponse)) readonly elevation!: ElevationResponse | null;
}

@Description('An entry in the list of sessions.')
export class SessionEntryResponse extends SessionTimes {
  @IsString() @Description('The id of the session, which is not the cookie value.') readonly id!: string;
  @IsBoolean() @Description('Whether the entry is the session of this request.') readonly current!: boolean;
  @Nested(() => FrontendResponse)
  @Description('The frontend on which the session began.')
  readonly frontend!: FrontendResponse;
  @Nullable(IsString()) readonly userAgent!: string | null;
  @Time()
  @Description('The time of the last activity, at most one minute out of date.')
  readonly lastSeenAt!: string;
}

export class SessionPageResponse extends PageResponse {
  @ListOf(() => SessionEntryResponse) readonly sessions!: readonly SessionEntryResponse[];
}

export class SignedOutResponse {
  @IsString()
  @Description('Navigate to this URL to end the session at the provider.')
  readonly endSessionUrl!: string;
}

export class AuthorizationResponse {
  @IsString()
  @Description('Navigate to this URL to authenticate at the provider.')
  readonly authorizationUrl!: string;
}
