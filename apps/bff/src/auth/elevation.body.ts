import { Optional, PlainText, Text } from '@bff/problems';
import { Matches } from 'class-validator';
import { Description } from '../http/response-fields.js';

/** The body of a request for an elevation (docs/contract.md section 4). */
export class ElevationBody {
  @Optional()
  @Matches(/^\d{6}$/, { message: 'code must be six digits' })
  @Description('The current one-time code. Required after a sign-in with a password, otherwise rejected.')
  code?: string;
  @PlainText(500, 10) @Description('The reason for the elevation, for the audit log.') reason!: string;
  @Optional()
  @Text(2048)
  @Description(
    'The path on this origin to return to. Accepted only after a sign-in at an OpenID provider. Default: `/`.',
  )
  returnTo?: string;
  @Optional()
  @Text(63)
  @Description('The tenant to elevate for. Absent for administration.')
  tenantId?: string;
}
