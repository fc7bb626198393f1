import { Optional, PlainText, Text } from '@bff/problems';
import { Matches } from 'class-validator';

/**
 * docs/contract.md section 4: a code where the session began with a password, a place to return to where at a
 * provider.
 */
export class ElevationBody {
  @Optional() @Matches(/^\d{6}$/, { message: 'code must be six digits' }) code?: string;
  @PlainText(500, 10) reason!: string;
  @Optional() @Text(2048) returnTo?: string;
  @Optional() @Text(63) tenantId?: string;
}
