import { ENVIRONMENTS, type Environment, type Plane, PLANES } from '@bff/config';
import { CREDENTIAL_SCHEMES, type CredentialScheme } from '@bff/database';
import { Nested, Optional } from '@bff/problems';
import { IsIn, IsString } from 'class-validator';
import { ErrorCode } from '../http/error-codes.js';
import { Description } from '../http/response-fields.js';

export class RouteCredentialResponse {
  @IsIn(CREDENTIAL_SCHEMES) readonly scheme!: CredentialScheme;
  @IsString() readonly keyId!: string;
}

@Description('The server and the credentials that a call by the caller would use now.')
export class RouteResponse {
  @IsIn(ENVIRONMENTS) readonly environment!: Environment;
  @IsIn(PLANES) readonly plane!: Plane;
  @Nested(() => RouteCredentialResponse) readonly credential!: RouteCredentialResponse;
}

@Description('The error that a call by the caller would receive now.')
export class RouteErrorResponse {
  @ErrorCode() readonly errorCode!: string;
  @Optional() @Description('The same value as in the error.') readonly additionalInformation?: unknown;
}
