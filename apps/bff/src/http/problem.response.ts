import { Optional } from '@bff/problems';
import { IsInt, IsString } from 'class-validator';
import { ErrorCode } from './error-codes.js';
import { Description } from './response-fields.js';

/** The body of every error (docs/contract.md section 3, "Errors"); `problemBody` of libs/problems writes it. */
@Description(
  'An error: the fields of RFC 9457, those of an error of the Sinch API, and the id of the request.',
)
export class ProblemResponse {
  @IsString() @Description('`urn:problem-type:` and the error code.') readonly type!: string;
  @IsString() @Description('The same as `message`.') readonly title!: string;
  @IsInt() @Description('The HTTP status.') readonly status!: number;
  @IsString() @Description('The cause, in as much detail as is known.') readonly detail!: string;
  @IsString() @Description('`urn:uuid:` and the id of the request.') readonly instance!: string;
  @ErrorCode()
  @Description('Codes of the service start with `bff_`; any other code is a code of the upstream.')
  readonly errorCode!: string;
  @IsString() @Description('The problem in one sentence.') readonly message!: string;
  @Optional() @IsString() @Description('The next step for the caller.') readonly resolution?: string;
  @Optional()
  @Description(
    'Details, which depend on `errorCode`. `bff_invalid_input` has `validationErrors`, a list of sentences; ' +
      '`bff_elevation_required` has `acr`, `maxAgeSeconds` and `tenantId`; `bff_upstream_timeout` has `phase`. ' +
      'Those of the upstream are relayed unchanged and may be any JSON value.',
  )
  readonly additionalInformation?: unknown;
  @IsString() @Description('Quote it when you report the error.') readonly requestId!: string;
}
