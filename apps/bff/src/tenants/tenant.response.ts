import { ENVIRONMENTS, type Environment, type Plane, PLANES } from '@bff/config';
import { TENANT_ROLES, type TenantRole } from '@bff/database';
import { ListOf } from '@bff/problems';
import { IsIn, IsString } from 'class-validator';
import { PageResponse } from '../http/page.response.js';
import { Description, Nullable } from '../http/response-fields.js';

/** The representation of a tenant for browsers, without project and credentials (docs/contract.md section 4). */
@Description('A tenant that the caller may act for.')
export class TenantResponse {
  @IsString() readonly id!: string;
  @IsString() readonly name!: string;
  @IsIn(ENVIRONMENTS) readonly environment!: Environment;
  @IsIn(PLANES)
  @Description('`public`: members can call the upstream. `admin`: only elevated admins can.')
  readonly plane!: Plane;
  @Nullable(IsIn(TENANT_ROLES))
  @Description('The role of the caller. Null for an admin who is not a member.')
  readonly role!: TenantRole | null;
}

export class TenantPageResponse extends PageResponse {
  @ListOf(() => TenantResponse) readonly tenants!: readonly TenantResponse[];
}
