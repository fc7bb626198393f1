import { Optional, PlainText, Text } from '@bff/problems';
import { Matches } from 'class-validator';
import { Description } from '../http/response-fields.js';

/** docs/contract.md section 4: `code` after a sign-in with a password, `returnTo` after one at a provider. */
export class ElevationBody {
  @Optional()
  @Matches(/^\d{6}$/, { message: 'code must be six digits' })
  @Description('The current one-time code; only after a sign-in with a password.')
  code?: string;
  @PlainText(500, 10) @Description('It is written to the audit log.') reason!: string;
  @Optional()
  @Text(2048)
  @Description(
    'The path on this origin to return to; only after a sign-in at an OpenID provider. Default: `/`.',
  )
  returnTo?: string;
  @Optional() @Text(63) @Description('The tenant to elevate for. Absent: administration.') tenantId?: string;
}
